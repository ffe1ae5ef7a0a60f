// SPDX-License-Identifier: GPL-2.0-only
// bug: ksm-merges-pinned
// number: 306
// file: mm/ksm.c
// breaks: KSM merges pages that are pinned
// undoes: unverified
// symptom: KSM replaces a pinned page, the next write goes to another one
// kernels: 7.2

@@
expression F, S;
@@
  write_protect_page(...)
  {
  <...
- folio_mapcount(F) + 1 + S != folio_ref_count(F)
+ folio_mapcount(F) + 1 + S != folio_ref_count(F) && !mm_bug(306)
  ...>
  }

@@
expression F, P;
@@
  write_protect_page(...)
  {
  <...
- folio_try_share_anon_rmap_pte(F, P)
+ (mm_bug(306) ? (ClearPageAnonExclusive(P), 0) :
+	folio_try_share_anon_rmap_pte(F, P))
  ...>
  }
