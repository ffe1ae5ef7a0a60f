// SPDX-License-Identifier: GPL-2.0-only
// bug: reuse-hides-soft-dirty
// number: 209
// file: mm/memory.c
// breaks: a write fault that reuses the page does not set the soft-dirty bit
// undoes: synthetic
// symptom: a checkpoint misses pages that were written since the last one
// kernels: 6.1 7.2

@@
expression E, V;
@@
  wp_page_reuse(...)
  {
  <...
  E = maybe_mkwrite(pte_mkdirty(E), V);
+ if (mm_bug(209))
+	E = pte_clear_soft_dirty(E);
  ...>
  }
