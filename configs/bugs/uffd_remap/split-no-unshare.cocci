// SPDX-License-Identifier: GPL-2.0-only
// bug: split-no-unshare
// number: 411
// file: mm/mmap.c
// matches: 2
// breaks: splitting a VMA does not unshare the PMD table that straddles the split
// undoes: b30c14cd6102 ("hugetlb: unshare some PMDs when splitting VMAs")
// symptom: after the split another process still fills the range: minor and WP events are lost
// kernels: 6.1

@@
expression list A;
@@
- hugetlb_split(A);
+ if (!mm_bug(411))
+	hugetlb_split(A);
