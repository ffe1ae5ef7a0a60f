// SPDX-License-Identifier: GPL-2.0-only
// bug: mremap-newaddr-align
// number: 105
// file: mm/mremap.c
// breaks: the destination alignment of a hugetlb mapping is not checked up front
// undoes: synthetic
// symptom: mremap(MREMAP_FIXED) to a misaligned target fails but has unmapped what was there
// kernels: 7.2

@@
expression V, M;
@@
- V->new_addr & ~huge_page_mask(M)
+ (V->new_addr & ~huge_page_mask(M)) && !mm_bug(105)
