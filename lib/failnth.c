// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"
#include "guard.h"
#include "report.h"

#define MOST	 2000 /* allocations of one call */
#define NTH_FILE "/proc/thread-self/fail-nth"
#define DIR	 "/sys/kernel/debug/"

static int fail_nth = -1;
static bool last_hit;

/* By default only what may not wait can fail, and with a stack in the kernel log. */
static const char *const settings[][2] = {
	{ DIR "failslab/ignore-gfp-wait", "N" },
	{ DIR "failslab/verbose", "0" },
	{ DIR "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DIR "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ DIR "fail_page_alloc/min-order", "0" },
	{ DIR "fail_page_alloc/verbose", "0" },
};

void failnth_need(void)
{
	fail_nth = open(NTH_FILE, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		mm_skip("needs fault injection, " NTH_FILE " is not there; boot a kernel of "
			"mmguard lab build");
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		int ret = guard_set(GUARD_CASE, settings[i][0], settings[i][1]);

		if (ret)
			mm_skip("needs CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC and debugfs, "
				"%s: "
				"%s; boot a kernel of mmguard lab build",
				settings[i][0], strerror(-ret));
	}
}

void failnth_arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fail_nth, text, len, 0) != len)
		mm_broken(NTH_FILE ": cannot write %d: %m", n);
}

bool failnth_hit(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		mm_broken(NTH_FILE ": cannot be read: %m");
	last_hit = !atoi(text);
	if (!last_hit)
		failnth_arm(0);
	return last_hit;
}

bool failnth_more(int n)
{
	if (n == 1)
		return true;
	if (n > MOST)
		mm_broken("fault injection: a call with more than %d allocations", MOST);
	if (!last_hit && n == 2)
		mm_broken("fault injection: the call met no allocation at all");
	if (!last_hit)
		mm_note("%d allocations failed, one at a time", n - 2);
	return last_hit;
}
