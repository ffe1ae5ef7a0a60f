// SPDX-License-Identifier: GPL-2.0-only
// bug: kpagecount-typed
// number: 508
// file: fs/proc/page.c
// breaks: kpagecount reports the mapcount of pages that have a type
// undoes: unverified
// symptom: free and page table pages show huge counts
// kernels: 6.1

@@
expression P;
@@
  kpagecount_read(...)
  {
  <...
- page_has_type(P)
+ (page_has_type(P) && !mm_bug(508))
  ...>
  }
