// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "guard.h"
#include "ksm.h"
#include "pagemap.h"
#include "report.h"
#include "tasks.h"

#define KSM_DIR "/sys/kernel/mm/ksm/"

void ksm_run(void)
{
	if (guard_set(GUARD_CASE, KSM_DIR "sleep_millisecs", "0"))
		mm_skip("needs KSM, found no " KSM_DIR);
	/* An advisor may own this one. */
	guard_set(GUARD_CASE, KSM_DIR "advisor_mode", "none");
	guard_set(GUARD_CASE, KSM_DIR "pages_to_scan", "20000");
	if (guard_set(GUARD_CASE, KSM_DIR "run", "1"))
		mm_skip("needs KSM, " KSM_DIR "run cannot be set");
}

void ksm_stop(void)
{
	file_write(KSM_DIR "run", "0");
}

bool ksm_same_frame(const void *a, const void *b)
{
	return pagemap_pfn(a) == pagemap_pfn(b);
}

bool ksm_merges(const void *a, const void *b)
{
	double end = seconds_now() + 9 + mm_slow();
	long merged = -1, scans;

	do {
		scans = file_read_long(KSM_DIR "full_scans");
		if (merged < 0 && ksm_same_frame(a, b))
			merged = scans;
		/* The scan that goes on now does not count. */
		if (merged >= 0 && scans >= merged + 2)
			return true;
		usleep(1000);
	} while (seconds_now() < end);
	return false;
}

static size_t merged_pages(const char *a, const char *b, size_t len)
{
	size_t n = 0;

	for (size_t off = 0; off < len; off += page_size())
		n += ksm_same_frame(a + off, b + off);
	return n;
}

void ksm_merge_ranges(void *a, void *b, size_t len)
{
	double end = seconds_now() + 9 + mm_slow();
	size_t want = len / page_size();

	if (madvise(a, len, MADV_MERGEABLE) || madvise(b, len, MADV_MERGEABLE))
		mm_skip("needs KSM, MADV_MERGEABLE: %s", strerror(errno));
	ksm_run();
	while (merged_pages(a, b, len) < want) {
		if (seconds_now() > end)
			mm_skip("needs a KSM that merges, %zu pages of %zu were merged in time",
				merged_pages(a, b, len), want);
		usleep(1000);
	}
	ksm_stop();
}
