// SPDX-License-Identifier: GPL-2.0-only
// bug: moveptes-keep-wp
// number: 402
// file: mm/mremap.c
// breaks: uffd-wp bits survive a move of single PTEs without EVENT_REMAP
// undoes: 0cef0bb836e3 ("mm: clear uffd-wp PTE/PMD state on mremap()"), CVE-2025-21696
// symptom: pagemap shows uffd-wp at the new address, spurious events after registering it again
// kernels: 6.1 7.2

@@
expression V;
identifier b;
@@
  move_ptes(...)
  {
  <...
- bool b = vma_has_uffd_without_event_remap(V);
+ bool b = !mm_bug(402) && vma_has_uffd_without_event_remap(V);
  ...>
  }
