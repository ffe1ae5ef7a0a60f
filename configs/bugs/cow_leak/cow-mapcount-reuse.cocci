// SPDX-License-Identifier: GPL-2.0-only
// bug: cow-mapcount-reuse
// number: 201
// file: mm/memory.c
// breaks: a write fault reuses an anonymous page by mapcount, not by refcount
// undoes: 09854ba94c6a ("mm: do_wp_page() simplification"), CVE-2020-29374
// symptom: a child that keeps a vmsplice() reference sees what the parent writes later
// kernels: 6.1

@@
identifier folio;
@@
  do_wp_page(...)
  {
  <...
+ if (mm_bug(201) && !folio_test_ksm(folio) &&
+     !folio_test_swapcache(folio) && page_mapcount(vmf->page) == 1) {
+	SetPageAnonExclusive(vmf->page);
+	goto reuse;
+ }
  if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)
	goto copy;
  ...>
  }
