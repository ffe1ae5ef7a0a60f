// SPDX-License-Identifier: GPL-2.0-only
// bug: gupfast-pmd-no-unshare
// number: 305
// file: mm/gup.c
// breaks: a fast read-only pin of a COW-shared huge PMD does not unshare it
// undoes: a7f226604170 ("mm/gup: trigger FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page"), the huge PMD part
// symptom: a fast read-only pin of a COW-shared THP or hugetlb page is on the shared page
// kernels: 6.1 7.2

@@
identifier fn = {gup_huge_pmd, gup_fast_pmd_leaf};
expression list A;
@@
  fn(...)
  {
  <...
- gup_must_unshare(A)
+ gup_must_unshare(A) && !mm_bug(305)
  ...>
  }
