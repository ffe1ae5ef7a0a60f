// SPDX-License-Identifier: GPL-2.0-only
// bug: fork-child-keeps-wp
// number: 409
// file: mm/memory.c
// breaks: a child without userfaultfd keeps uffd-wp bits
// undoes: b569a1760782 ("userfaultfd: wp: drop _PAGE_UFFD_WP properly when fork")
// symptom: pagemap of the child shows uffd-wp
// kernels: 6.1 7.2

@@
expression V, P;
identifier fn = {copy_present_pte, __copy_present_ptes};
@@
  fn(...)
  {
  <...
- if (!userfaultfd_wp(V))
+ if (!userfaultfd_wp(V) && !mm_bug(409))
	P = pte_clear_uffd_wp(P);
  ...>
  }
