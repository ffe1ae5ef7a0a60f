// SPDX-License-Identifier: GPL-2.0-only
// bug: offline-no-section-mark
// number: 502
// file: mm/page_alloc.c
// breaks: sections stay marked online after offlining
// undoes: 2d070eab2e82
// symptom: offline memory stays visible to everything that walks PFNs
// kernels: 6.1 7.2

@@
expression list A;
@@
- offline_mem_sections(A);
+ if (!mm_bug(502))
+	offline_mem_sections(A);
