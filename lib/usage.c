// SPDX-License-Identifier: GPL-2.0-only
#include "file.h"
#include "report.h"
#include "usage.h"

struct usage usage_read(void)
{
	struct usage u = { .hugetlb = file_field("/proc/self/status", "HugetlbPages:"),
			   .size = file_field("/proc/self/status", "VmSize:"),
			   .locked = file_field("/proc/self/status", "VmLck:") };

	if (u.hugetlb < 0 || u.size < 0 || u.locked < 0)
		mm_broken("/proc/self/status: no HugetlbPages, VmSize or VmLck");
	return u;
}

bool usage_expect(const char *step, struct usage base, struct usage delta)
{
	struct usage got = usage_read();

	got.hugetlb -= base.hugetlb;
	got.size -= base.size;
	got.locked -= base.locked;
	return mm_expect(got.hugetlb == delta.hugetlb && got.size == delta.size &&
				 got.locked == delta.locked,
			 "counters of the process %s: expected HugetlbPages %+ld kB, VmSize "
			 "%+ld kB, VmLck %+ld kB, found %+ld, %+ld, %+ld",
			 step, delta.hugetlb, delta.size, delta.locked, got.hugetlb, got.size,
			 got.locked);
}
