// SPDX-License-Identifier: GPL-2.0-only
// bug: pinned-copy-garbage
// number: 309
// file: mm/memory.c
// breaks: fork allocates a page for the pinned one but does not copy the content
// undoes: unverified
// symptom: the child of a pinning parent sees stale memory instead of the page
// kernels: 7.2

@@
expression list A;
@@
  copy_present_page(...)
  {
  <...
- copy_mc_user_highpage(A)
+ !mm_bug(309) && copy_mc_user_highpage(A)
  ...>
  }
