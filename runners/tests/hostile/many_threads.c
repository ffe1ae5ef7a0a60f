/* SPDX-License-Identifier: GPL-2.0-only */
/* Its first thread ends, others live on: the process looks like a zombie. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	pthread_t t;

	puts("KTAP version 1\n1..1\n# case a");
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	for (int i = 0; i < 4; i++)
		pthread_create(&t, NULL, wait_for_ever, NULL);
	pthread_exit(NULL);
}
