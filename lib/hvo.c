// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "guard.h"
#include "hvo.h"
#include "pagemap.h"
#include "report.h"

#define SWITCH	    "/proc/sys/vm/hugetlb_optimize_vmemmap"
#define PAGE_STRUCT 64 /* bytes; the kernel optimizes only when a page holds a power of two */

long hvo_saved(size_t size)
{
	return (long)(size / page_size() * PAGE_STRUCT / page_size()) - 1;
}

void hvo_need(size_t size)
{
	if (access(SWITCH, W_OK))
		mm_skip("needs the optimization of HugeTLB vmemmap, " SWITCH " is not there; a "
			"kernel with CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP helps");
	if (hvo_saved(size) <= 0)
		mm_skip("needs huge pages with more than one page of page structs, %zukB pages "
			"have less",
			size / 1024);
}

void hvo_set(size_t size, bool on)
{
	int ret;

	hvo_need(size);
	ret = guard_set(GUARD_CASE, SWITCH, on ? "1" : "0");
	if (ret || file_read_long(SWITCH) != on)
		mm_skip("needs to switch " SWITCH " to %d, found %ld: %s", on,
			file_read_long(SWITCH), strerror(-ret));
}
