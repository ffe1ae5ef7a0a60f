// SPDX-License-Identifier: GPL-2.0-only
// bug: uffd-copy-says-nomem
// number: 908
// file: mm/hugetlb.c
// breaks: nothing: an entry of the page table counts as existing only when something is in it
// undoes: synthetic
// symptom: UFFDIO_COPY says ENOMEM when no huge page is free
// kernels: 7.2

@@
identifier p;
expression V, A, S;
@@
  hugetlb_mfill_atomic_pte(...)
  {
  <...
  pte_t *p = hugetlb_walk(V, A, S);
- if (p)
+ if (p && (!mm_bug(908) || !huge_pte_none(huge_ptep_get(dst_mm, A, p))))
  { ... }
  ...>
  }
