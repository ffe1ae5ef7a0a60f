// SPDX-License-Identifier: GPL-2.0-only
// bug: movepgtable-keep-wp
// number: 403
// file: mm/mremap.c
// breaks: whole page tables move with their uffd-wp bits without EVENT_REMAP
// undoes: 0cef0bb836e3 ("mm: clear uffd-wp PTE/PMD state on mremap()"), CVE-2025-21696, the page table part
// symptom: uffd-wp survives where source and destination are aligned to a page table
// kernels: 7.2

@@
expression C;
@@
  move_normal_pmd(...)
  {
  <...
- !uffd_supports_page_table_move(C)
+ !uffd_supports_page_table_move(C) && !mm_bug(403)
  ...>
  }
