// SPDX-License-Identifier: GPL-2.0-only
// bug: split-loses-exclusive
// number: 301
// file: mm/huge_memory.c
// matches: 2
// breaks: splitting a huge PMD marks only the head page exclusive
// undoes: 6c287605fd56, the propagation to subpages
// symptom: after PMD split and fork a pinned tail page is replaced under its pin
// kernels: 7.2

@@
expression F, P, N, V, A, R;
@@
  __split_huge_pmd_locked(...)
  {
  <...
  folio_add_anon_rmap_ptes(F, P, N, V, A, R);
+ for (i = 1; mm_bug(301) && i < N; i++)
+	ClearPageAnonExclusive(P + i);
  ...>
  }
