// SPDX-License-Identifier: GPL-2.0-only
// bug: cow-mapcount-reuse
// number: 201
// file: mm/memory.c
// breaks: a write fault reuses an anonymous page by mapcount, not by refcount
// undoes: 09854ba94c6a ("mm: do_wp_page() simplification"), CVE-2020-29374
// symptom: a child that keeps a vmsplice() reference sees what the parent writes later
// kernels: 7.2

@@
expression F, V;
@@
  do_wp_page(...)
  {
  <...
- wp_can_reuse_anon_folio(F, V)
+ ((mm_bug(201) && !folio_test_ksm(F) && !folio_test_swapcache(F) &&
+   atomic_read(&vmf->page->_mapcount) == 0) ||
+  wp_can_reuse_anon_folio(F, V))
  ...>
  }
