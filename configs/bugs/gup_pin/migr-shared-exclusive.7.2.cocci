// SPDX-License-Identifier: GPL-2.0-only
// bug: migr-shared-exclusive
// number: 302
// file: mm/migrate.c
// breaks: pages shared by fork become exclusive when migration ends
// undoes: synthetic
// symptom: after migration of a shared page the write of the parent reaches the child
// kernels: 7.2

@@
expression F, E;
@@
  remove_migration_pte(...)
  {
  <...
- folio_test_anon(F) && !softleaf_is_migration_read(E)
+ folio_test_anon(F) && (mm_bug(302) || !softleaf_is_migration_read(E))
  ...>
  }
