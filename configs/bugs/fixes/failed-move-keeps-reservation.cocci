// SPDX-License-Identifier: GPL-2.0-only
// bug: failed-move-keeps-reservation
// number: 909
// file: mm/mremap.c
// breaks: nothing: after a move that failed the new VMA gives up the reservation map, not the old one
// undoes: synthetic
// symptom: a private hugetlb mapping has its reservations after a move that failed half way
// kernels: 7.2

@@
identifier v;
@@
  copy_vma_and_data(...)
  {
  <...
- fixup_hugetlb_reservations(v);
+ fixup_hugetlb_reservations((mm_bug(909) && err) ? new_vma : v);
  ...>
  }
