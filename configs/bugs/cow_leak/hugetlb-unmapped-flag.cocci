// SPDX-License-Identifier: GPL-2.0-only
// bug: hugetlb-unmapped-flag
// number: 205
// file: mm/hugetlb.c
// breaks: the VMA of a child whose page was taken is not marked
// undoes: 04f2cbe35699 ("hugetlb: guarantee that COW faults for a process that called mmap(MAP_PRIVATE) on hugetlbfs will succeed")
// symptom: a child whose page was taken reads zeroes instead of being killed
// kernels: 6.1 7.2

@@
expression E;
@@
- set_vma_resv_flags(E, HPAGE_RESV_UNMAPPED);
+ if (!mm_bug(205))
+	set_vma_resv_flags(E, HPAGE_RESV_UNMAPPED);
