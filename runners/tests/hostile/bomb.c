/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fork bomb: everybody forks as fast as they can, in sessions of their own, deaf to
 * SIGTERM. So that the machine stays usable there are at most MOST of them at a time,
 * and whoever is killed is replaced.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 200

int main(void)
{
	/* Who is killed is counted down by who waits for it. */
	atomic_int *born =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	puts("KTAP version 1\n1..1\n# case a");
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	setpriority(PRIO_PROCESS, 0, 10);
	for (;;) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			atomic_fetch_sub(born, 1);
		if (atomic_fetch_add(born, 1) >= MOST) {
			atomic_fetch_sub(born, 1);
			usleep(50000);
		} else if (!fork()) {
			setsid();
		}
	}
}
