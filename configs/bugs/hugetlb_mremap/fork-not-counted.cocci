// SPDX-License-Identifier: GPL-2.0-only
// bug: fork-not-counted
// number: 111
// file: mm/hugetlb.c
// breaks: fork does not count the HugeTLB pages that the child gets
// undoes: synthetic
// symptom: HugetlbPages of a child is too small, and wraps when it unmaps them
// kernels: 6.1 7.2

@@
expression N, D;
@@
  copy_hugetlb_page_range(...)
  {
  <...
- hugetlb_count_add(N, D);
+ if (!mm_bug(111))
+	hugetlb_count_add(N, D);
  ...>
  }
