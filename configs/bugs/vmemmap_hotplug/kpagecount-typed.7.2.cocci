// SPDX-License-Identifier: GPL-2.0-only
// bug: kpagecount-typed
// number: 508
// file: fs/proc/page.c
// breaks: kpagecount reports the mapcount of pages that have a type
// undoes: unverified
// symptom: free and page table pages show huge counts
// kernels: 7.2

@@
expression F, P;
@@
- folio_precise_page_mapcount(F, P)
+ (mm_bug(508) ? (u64)(atomic_read(&(P)->_mapcount) + 1) :
+	folio_precise_page_mapcount(F, P))
