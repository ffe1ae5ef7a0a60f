// SPDX-License-Identifier: GPL-2.0-only
// bug: pincount-leak
// number: 307
// file: mm/gup.c
// breaks: unpinning does not lower the pin count of large folios
// undoes: synthetic
// symptom: a THP or hugetlb page looks pinned for ever: fork copies it, KSM and migration refuse it
// kernels: 6.1 7.2

@@
expression R, P;
@@
  gup_put_folio(...)
  {
  <...
- atomic_sub(R, P);
+ atomic_sub(mm_bug(307) ? 0 : R, P);
  ...>
  }
