// SPDX-License-Identifier: GPL-2.0-only
// bug: dontunmap-hugetlb
// number: 106
// file: mm/mremap.c
// breaks: MREMAP_DONTUNMAP is accepted on hugetlb mappings
// undoes: unverified
// symptom: MREMAP_DONTUNMAP succeeds on hugetlb and the source stays without reservation
// kernels: 6.1 7.2

@@
expression F, W;
@@
- (F & MREMAP_DONTUNMAP) && (W & (VM_DONTEXPAND | VM_PFNMAP))
+ (F & MREMAP_DONTUNMAP) && (W & (VM_DONTEXPAND | VM_PFNMAP)) &&
+	!(mm_bug(106) && is_vm_hugetlb_page(vma))
