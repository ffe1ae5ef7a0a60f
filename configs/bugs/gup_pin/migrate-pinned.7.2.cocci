// SPDX-License-Identifier: GPL-2.0-only
// bug: migrate-pinned
// number: 308
// file: mm/rmap.c mm/migrate.c
// matches: 3
// breaks: pinned anonymous pages are migrated: two layers of defence removed
// undoes: synthetic
// symptom: move_pages() of a pinned page succeeds and the pin goes stale
// kernels: 7.2

@@
expression F, P;
@@
  try_to_migrate_one(...)
  {
  <...
- folio_try_share_anon_rmap_pte(F, P)
+ (mm_bug(308) ? (ClearPageAnonExclusive(P), 0) :
+	folio_try_share_anon_rmap_pte(F, P))
  ...>
  }

@@
identifier fn = {folio_migrate_mapping, __migrate_folio};
expression F, E;
@@
  fn(...)
  {
  <...
- folio_ref_count(F) != E
+ folio_ref_count(F) != E && !mm_bug(308)
  ...>
  }
