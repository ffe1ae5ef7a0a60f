// SPDX-License-Identifier: GPL-2.0-only
// bug: split-loses-exclusive
// number: 301
// file: mm/huge_memory.c
// breaks: splitting a huge PMD marks only the head page exclusive
// undoes: 6c287605fd56, the propagation to subpages
// symptom: after PMD split and fork a pinned tail page is replaced under its pin
// kernels: 6.1

@@
identifier p, i;
@@
  __split_huge_pmd_locked(...)
  {
  <...
- SetPageAnonExclusive(p + i);
+ if (!mm_bug(301) || !i)
+	SetPageAnonExclusive(p + i);
  ...>
  }
