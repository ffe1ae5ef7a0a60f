// SPDX-License-Identifier: GPL-2.0-only
// bug: hugetlb-fork-ignores-pin
// number: 303
// file: mm/hugetlb.c
// breaks: fork shares a pinned private hugetlb page
// undoes: 4eae4efa2c29 ("hugetlb: do early cow when page pinned on src mm")
// symptom: the next write of the parent detaches the page from the pin
// kernels: 6.1

@@
expression P, V;
@@
  copy_hugetlb_page_range(...)
  {
  <...
- page_try_dup_anon_rmap(P, true, V)
+ (mm_bug(303) ? (ClearPageAnonExclusive(P), page_dup_file_rmap(P, true), 0) :
+	page_try_dup_anon_rmap(P, true, V))
  ...>
  }
