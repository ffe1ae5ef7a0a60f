// SPDX-License-Identifier: GPL-2.0-only
// bug: hvo-no-reset
// number: 506
// file: mm/hugetlb_vmemmap.c
// breaks: metadata of the head page stays in restored struct pages
// undoes: unverified
// symptom: "Bad page state" when an optimized huge page is freed
// kernels: 6.1

@@
expression E;
@@
  vmemmap_restore_pte(...)
  {
  <...
- reset_struct_pages(E);
+ if (!mm_bug(506))
+	reset_struct_pages(E);
  ...>
  }
