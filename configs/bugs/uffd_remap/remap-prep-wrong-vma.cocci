// SPDX-License-Identifier: GPL-2.0-only
// bug: remap-prep-wrong-vma
// number: 413
// file: mm/mremap.c
// breaks: the userfaultfd hook of mremap works on the source VMA
// undoes: synthetic
// symptom: after MREMAP_DONTUNMAP the source has lost its registration and the copy has kept it
// kernels: 6.1 7.2

@@
expression E;
@@
- mremap_userfaultfd_prep(new_vma, E)
+ mremap_userfaultfd_prep(mm_bug(413) ? vma : new_vma, E)
