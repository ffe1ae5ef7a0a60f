// SPDX-License-Identifier: GPL-2.0-only
// bug: dontunmap-commit-leak
// number: 412
// file: mm/mremap.c
// breaks: MREMAP_DONTUNMAP takes the accounting flag from the source VMA
// undoes: unverified
// symptom: Committed_AS grows by the size of the mapping with every move
// kernels: 6.1

@@
expression F;
statement S;
expression V;
@@
  move_vma(...)
  {
  <...
- if (F & VM_ACCOUNT && !(flags & MREMAP_DONTUNMAP))
+ if (F & VM_ACCOUNT && (!(flags & MREMAP_DONTUNMAP) || mm_bug(412)))
  {
	V &= ~VM_ACCOUNT;
	...
  }
  ...>
  }
