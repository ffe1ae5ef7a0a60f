// SPDX-License-Identifier: GPL-2.0-only
// bug: owner-takes-moved-page-back
// number: 904
// file: mm/hugetlb.c
// breaks: nothing: a page is taken from a child at the address that it has in the child's mapping
// undoes: synthetic
// symptom: a write to private HugeTLB memory ends although owner or child moved it since the fork
// kernels: 6.1 7.2

@@
expression V, A, S, P;
@@
  unmap_ref_private(...)
  {
  <...
- unmap_hugepage_range(V, A, A + S, P, 0)
+ unmap_hugepage_range(V,
+	mm_bug(904) ? V->vm_start + ((pgoff - V->vm_pgoff) << PAGE_SHIFT) : A,
+	(mm_bug(904) ? V->vm_start + ((pgoff - V->vm_pgoff) << PAGE_SHIFT) : A) + S, P, 0)
  ...>
  }
