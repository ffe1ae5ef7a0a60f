// SPDX-License-Identifier: GPL-2.0-only
// bug: thp-fork-src-writable
// number: 203
// file: mm/huge_memory.c
// breaks: fork does not write-protect the huge PMD of the parent
// undoes: synthetic
// symptom: writes of the parent to a THP after fork are visible in the child
// kernels: 6.1 7.2

@@
expression list A;
@@
  copy_huge_pmd(...)
  {
  <...
- pmdp_set_wrprotect(A);
+ if (!mm_bug(203))
+	pmdp_set_wrprotect(A);
  ...>
  }
