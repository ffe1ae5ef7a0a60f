// SPDX-License-Identifier: GPL-2.0-only
// bug: partial-move-splits-first
// number: 901
// file: mm/mremap.c
// breaks: nothing: a hugetlb VMA of which a part moves is split before its reservation map is cleared
// undoes: synthetic
// symptom: the part that stays keeps its reservations, and none is left over
// kernels: 6.1

@@
identifier v;
expression f;
@@
  move_vma(...)
  {
  <...
- (f & MREMAP_DONTUNMAP) && (v->vm_flags & VM_LOCKED)
+ ((f & MREMAP_DONTUNMAP) && (v->vm_flags & VM_LOCKED)) ||
+ (mm_bug(901) && is_vm_hugetlb_page(v))
  ...>
  }
