// SPDX-License-Identifier: GPL-2.0-only
/* The one piece of state a signal handler can have: that it was called. */
#include "run.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;

static void remember(int sig)
{
	seen = sig;
}

void signals_catch(void)
{
	const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction sa = { .sa_handler = remember };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaction(all[i], &sa, NULL);
}

int signals_seen(void)
{
	return seen;
}
