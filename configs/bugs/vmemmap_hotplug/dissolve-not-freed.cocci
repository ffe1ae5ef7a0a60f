// SPDX-License-Identifier: GPL-2.0-only
// bug: dissolve-not-freed
// number: 510
// file: mm/hugetlb.c
// breaks: dissolving does not wait for a page that is being freed; window widened by 300 us
// undoes: 7ffddd499ba6 ("mm: hugetlb: fix a race between freeing and dissolving the page")
// symptom: list corruption or negative counters when freeing races with offlining
// kernels: 6.1

@@
@@
  #include <linux/delayacct.h>
+ #include <linux/delay.h>

@@
expression E;
@@
  dissolve_free_huge_page(...)
  {
  <...
- !HPageFreed(E)
+ !HPageFreed(E) && !mm_bug(510)
  ...>
  }

@@
expression F;
@@
  free_huge_page(...)
  {
  <...
  folio_clear_hugetlb_restore_reserve(F);
+ if (mm_bug(510)) {
+	folio_clear_hugetlb_migratable(F);
+	udelay(300);
+ }
  ...>
  }
