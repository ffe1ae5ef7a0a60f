// SPDX-License-Identifier: GPL-2.0-only
// bug: offline-managed
// number: 503
// file: mm/memory_hotplug.c
// breaks: offlining does not lower the number of managed pages
// undoes: synthetic
// symptom: MemTotal grows by a block with every offline/online cycle
// kernels: 6.1 7.2

@@
expression list A;
@@
  offline_pages(...)
  {
  <...
- adjust_managed_page_count(A);
+ if (!mm_bug(503))
+	adjust_managed_page_count(A);
  ...>
  }
