// SPDX-License-Identifier: GPL-2.0-only
// bug: mremap-keep-resv
// number: 101
// file: mm/hugetlb.c
// breaks: the old hugetlb VMA keeps its reservation map over a move, so it is uncharged twice
// undoes: 550a7d60bd5e ("mm, hugepages: add mremap() support for hugepage backed vma"), its core
// symptom: HugePages_Rsvd drops by the size of a moved private mapping and underflows later
// kernels: 7.2

@@
expression E;
@@
  fixup_hugetlb_reservations(...)
  {
  <...
- clear_vma_resv_huge_pages(E);
+ if (!mm_bug(101))
+	clear_vma_resv_huge_pages(E);
  ...>
  }
