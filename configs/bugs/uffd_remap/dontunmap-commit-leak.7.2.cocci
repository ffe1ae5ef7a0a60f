// SPDX-License-Identifier: GPL-2.0-only
// bug: dontunmap-commit-leak
// number: 412
// file: mm/mremap.c
// breaks: MREMAP_DONTUNMAP takes the accounting flag from the source VMA
// undoes: unverified
// symptom: Committed_AS grows by the size of the mapping with every move
// kernels: 7.2

@@
expression V;
@@
  dontunmap_complete(...)
  {
  <...
  vm_flags_clear(V, VM_LOCKED_MASK);
+ if (mm_bug(412))
+	vm_flags_clear(V, VM_ACCOUNT);
  ...>
  }
