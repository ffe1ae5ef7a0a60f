// SPDX-License-Identifier: GPL-2.0-only
// bug: close-ignore-consumed
// number: 103
// file: mm/hugetlb.c
// breaks: unmapping uncharges the pages that were already consumed
// undoes: synthetic
// symptom: HugePages_Rsvd underflows after touching and unmapping a private mapping
// kernels: 6.1

@@
expression list A;
@@
  hugetlb_vm_op_close(...)
  {
  <...
- region_count(A)
+ (mm_bug(103) ? 0 : region_count(A))
  ...>
  }
