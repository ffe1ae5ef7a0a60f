// SPDX-License-Identifier: GPL-2.0-only
// bug: subpool-returns-on-error
// number: 906
// file: mm/hugetlb.c
// breaks: nothing: a page that was counted as used by its mount and then not found is counted back
// undoes: synthetic
// symptom: a mount with size= gives all its pages after faults that found none
// kernels: 7.2

@@
expression S, H;
@@
  alloc_hugetlb_folio(...)
  {
  <...
- if (map_chg && !gbl_chg) {
+ if (map_chg && (mm_bug(906) || !gbl_chg)) {
	gbl_reserve = hugepage_subpool_put_pages(S, 1);
-	hugetlb_acct_memory(H, -gbl_reserve);
+	if (!gbl_chg)
+		hugetlb_acct_memory(H, -gbl_reserve);
  }
  ...>
  }
