// SPDX-License-Identifier: GPL-2.0-only
// bug: failed-move-stays
// number: 110
// file: mm/mremap.c
// breaks: when a move fails half way, the entries that have moved are not moved back but unmapped
// undoes: synthetic
// symptom: after an mremap that says ENOMEM the pages of the mapping are gone
// kernels: 7.2

@@
@@
- move_page_tables(&pmc_revert);
+ if (!mm_bug(110))
+	move_page_tables(&pmc_revert);
