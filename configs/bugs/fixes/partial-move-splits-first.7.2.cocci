// SPDX-License-Identifier: GPL-2.0-only
// bug: partial-move-splits-first
// number: 901
// file: mm/mremap.c
// breaks: nothing: a hugetlb VMA of which a part moves is split before its reservation map is cleared
// undoes: synthetic
// symptom: the part that stays keeps its reservations, and none is left over
// kernels: 7.2

@@
expression E;
identifier r;
@@
  needs_pre_split(struct vma_remap_struct *r)
  {
- return E;
+ return (mm_bug(901) && is_vm_hugetlb_page(r->vma)) || (E);
  }
