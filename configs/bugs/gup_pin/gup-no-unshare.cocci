// SPDX-License-Identifier: GPL-2.0-only
// bug: gup-no-unshare
// number: 304
// file: mm/gup.c
// breaks: a read-only pin of a COW-shared anonymous page does not unshare it
// undoes: a7f226604170 ("mm/gup: trigger FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page")
// symptom: the pin is on the shared page and goes stale with the next write
// kernels: 6.1 7.2

@@
expression list A;
@@
  follow_page_pte(...)
  {
  <...
- gup_must_unshare(A)
+ gup_must_unshare(A) && !mm_bug(304)
  ...>
  }
