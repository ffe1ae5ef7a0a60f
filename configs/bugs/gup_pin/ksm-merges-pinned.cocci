// SPDX-License-Identifier: GPL-2.0-only
// bug: ksm-merges-pinned
// number: 306
// file: mm/ksm.c
// breaks: KSM merges pages that are pinned
// undoes: unverified
// symptom: KSM replaces a pinned page, the next write goes to another one
// kernels: 6.1

@@
expression P, S;
@@
  write_protect_page(...)
  {
  <...
- page_mapcount(P) + 1 + S != page_count(P)
+ page_mapcount(P) + 1 + S != page_count(P) && !mm_bug(306)
  ...>
  }

@@
expression P;
@@
  write_protect_page(...)
  {
  <...
- page_try_share_anon_rmap(P)
+ (mm_bug(306) ? (ClearPageAnonExclusive(P), 0) :
+	page_try_share_anon_rmap(P))
  ...>
  }
