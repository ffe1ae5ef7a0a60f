// SPDX-License-Identifier: GPL-2.0-only
// bug: swapoff-loses-wp
// number: 407
// file: mm/swapfile.c
// breaks: swapoff drops the uffd-wp bit
// undoes: 14a762dd1977 ("mm/swapfile: fix lost swap bits in unuse_pte()")
// symptom: write protection is silently lost by swapoff
// kernels: 6.1 7.2

@@
expression P;
@@
  unuse_pte(...)
  {
  <...
- pte_swp_uffd_wp(P)
+ pte_swp_uffd_wp(P) && !mm_bug(407)
  ...>
  }
