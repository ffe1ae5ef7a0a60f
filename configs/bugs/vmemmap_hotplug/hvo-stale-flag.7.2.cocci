// SPDX-License-Identifier: GPL-2.0-only
// bug: hvo-stale-flag
// number: 507
// file: mm/hugetlb_vmemmap.c
// breaks: the optimized flag stays set after the vmemmap was restored
// undoes: synthetic
// symptom: the vmemmap of a dissolved page is restored twice and the first set of pages is lost
// kernels: 7.2

@@
expression F;
@@
  __hugetlb_vmemmap_restore_folio(...)
  {
  <...
- folio_clear_hugetlb_vmemmap_optimized(F);
+ if (!mm_bug(507))
+	folio_clear_hugetlb_vmemmap_optimized(F);
  ...>
  }
