// SPDX-License-Identifier: GPL-2.0-only
// bug: migrate-pinned
// number: 308
// file: mm/rmap.c mm/migrate.c
// breaks: pinned anonymous pages are migrated: two layers of defence removed
// undoes: synthetic
// symptom: move_pages() of a pinned page succeeds and the pin goes stale
// kernels: 6.1

@@
expression P;
statement S;
@@
  try_to_migrate_one(...)
  {
  <...
- if (anon_exclusive && page_try_share_anon_rmap(P))
+ if (anon_exclusive && (mm_bug(308) ? (ClearPageAnonExclusive(P), 0) :
+			page_try_share_anon_rmap(P)))
	S
  ...>
  }

@@
identifier fn = {folio_migrate_mapping, __folio_migrate_mapping};
expression F, E;
@@
  fn(...)
  {
  <...
- folio_ref_count(F) != E
+ folio_ref_count(F) != E && !mm_bug(308)
  ...>
  }
