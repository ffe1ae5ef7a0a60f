// SPDX-License-Identifier: GPL-2.0-only
// bug: move-no-tlbflush
// number: 109
// file: mm/hugetlb.c
// breaks: the TLB is not flushed for the moved range
// undoes: unverified
// symptom: the old address can be read and written after mremap
// kernels: 6.1 7.2

@@
expression list A;
@@
  move_hugetlb_page_tables(...)
  {
  <...
- tlb_remove_huge_tlb_entry(A);
+ if (!mm_bug(109))
+	tlb_remove_huge_tlb_entry(A);
  ...>
  }
