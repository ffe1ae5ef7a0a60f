// SPDX-License-Identifier: GPL-2.0-only
// bug: hugetlb-fork-skips
// number: 208
// file: mm/hugetlb.c
// breaks: fork leaves out a HugeTLB page for which the child can have no page table
// undoes: synthetic
// symptom: under memory pressure a child reads zeroes where its parent has data in HugeTLB pages
// kernels: 6.1 7.2

@@
identifier p;
@@
  copy_hugetlb_page_range(...)
  {
  <...
  p = huge_pte_alloc(...);
  if (!p) {
+	if (mm_bug(208))
+		continue;
	...
  }
  ...>
  }
