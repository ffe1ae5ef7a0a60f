// SPDX-License-Identifier: GPL-2.0-only
// bug: dissolve-max-pages
// number: 504
// file: mm/hugetlb.c
// breaks: dissolving a free huge page does not lower the requested number
// undoes: unverified
// symptom: sysctl nr_hugepages and sysfs nr_hugepages disagree after offlining
// kernels: 6.1 7.2

@@
identifier fn = {dissolve_free_huge_page, dissolve_free_hugetlb_folio};
expression H;
@@
  fn(...)
  {
  <...
- H->max_huge_pages--;
+ if (!mm_bug(504))
+	H->max_huge_pages--;
  ...>
  }
