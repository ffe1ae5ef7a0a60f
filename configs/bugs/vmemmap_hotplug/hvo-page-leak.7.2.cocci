// SPDX-License-Identifier: GPL-2.0-only
// bug: hvo-page-leak
// number: 509
// file: mm/hugetlb_vmemmap.c
// matches: 3
// breaks: vmemmap pages saved by HVO never return to the buddy
// undoes: synthetic
// symptom: seven pages are lost per huge page and cycle
// kernels: 7.2

@@
identifier fn = {hugetlb_vmemmap_optimize_folio, __hugetlb_vmemmap_optimize_folios};
expression E;
@@
  fn(...)
  {
  <...
- free_vmemmap_page_list(E);
+ if (!mm_bug(509))
+	free_vmemmap_page_list(E);
  ...>
  }
