// SPDX-License-Identifier: GPL-2.0-only
// bug: shared-move-without-sharing
// number: 902
// file: mm/hugetlb.c
// matches: 2
// breaks: nothing: no page table is shared at the destination of a move, which holds i_mmap already
// undoes: synthetic
// symptom: a shared hugetlb mapping can be moved to where it could share a page table
// kernels: 7.2

@@
identifier m, o, n;
@@
  move_hugetlb_page_tables(struct vm_area_struct *o, struct vm_area_struct *n, ...)
  {
  <...
  i_mmap_lock_write(m);
+ if (mm_bug(902))
+	vm_flags_clear(n, VM_MAYSHARE);
  ...
+ if (mm_bug(902))
+	vm_flags_set(n, o->vm_flags & VM_MAYSHARE);
  i_mmap_unlock_write(m);
  ...>
  }
