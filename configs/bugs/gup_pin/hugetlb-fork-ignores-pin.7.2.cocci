// SPDX-License-Identifier: GPL-2.0-only
// bug: hugetlb-fork-ignores-pin
// number: 303
// file: mm/hugetlb.c
// breaks: fork shares a pinned private hugetlb page
// undoes: 4eae4efa2c29 ("hugetlb: do early cow when page pinned on src mm")
// symptom: the next write of the parent detaches the page from the pin
// kernels: 7.2

@@
expression F, V;
@@
  copy_hugetlb_page_range(...)
  {
  <...
- hugetlb_try_dup_anon_rmap(F, V)
+ (mm_bug(303) ? (ClearPageAnonExclusive(&F->page), hugetlb_add_file_rmap(F), 0) :
+	hugetlb_try_dup_anon_rmap(F, V))
  ...>
  }
