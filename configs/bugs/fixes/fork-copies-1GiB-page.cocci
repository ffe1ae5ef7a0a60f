// SPDX-License-Identifier: GPL-2.0-only
// bug: fork-copies-1GiB-page
// number: 903
// file: mm/hugetlb.c
// breaks: nothing: only a table of PMDs is asked whether it is shared, as only that has the count
// undoes: synthetic
// symptom: a child sees what its parent wrote to a private 1 GiB page
// kernels: 7.2

@@
expression E;
@@
  copy_hugetlb_page_range(...)
  {
  <...
- ptdesc_pmd_is_shared(E)
+ (!mm_bug(903) || sz == PMD_SIZE) && ptdesc_pmd_is_shared(E)
  ...>
  }
