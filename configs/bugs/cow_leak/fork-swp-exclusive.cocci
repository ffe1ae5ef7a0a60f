// SPDX-License-Identifier: GPL-2.0-only
// bug: fork-swp-exclusive
// number: 206
// file: mm/memory.c
// breaks: fork keeps the exclusive marker on swap entries that are shared now
// undoes: 1493a1913e34 ("mm/swap: remember PG_anon_exclusive via a swp pte bit")
// symptom: parent and child both claim the swap entry: shared writes or a BUG at the second swap-in
// kernels: 6.1 7.2

@@
expression P;
@@
  copy_nonpresent_pte(...)
  {
  <...
- pte_swp_exclusive(P)
+ pte_swp_exclusive(P) && !mm_bug(206)
  ...>
  }
