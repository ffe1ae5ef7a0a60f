// SPDX-License-Identifier: GPL-2.0-only
// bug: migrate-loses-wp
// number: 408
// file: mm/migrate.c
// matches: 2
// breaks: migration and THP split drop the uffd-wp bit
// undoes: f45ec5ff16a7, the migration part
// symptom: write protection is silently lost by migration
// kernels: 6.1 7.2

@@
expression P;
@@
  remove_migration_pte(...)
  {
  <...
- pte_swp_uffd_wp(P)
+ pte_swp_uffd_wp(P) && !mm_bug(408)
  ...>
  }
