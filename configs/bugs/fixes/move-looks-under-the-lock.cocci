// SPDX-License-Identifier: GPL-2.0-only
// bug: move-looks-under-the-lock
// number: 910
// file: mm/hugetlb.c
// matches: 1
// breaks: nothing: whether an entry is empty is looked at under the lock of its table
// undoes: synthetic
// symptom: a page that migrates while its private mapping moves is not left behind
// kernels: 6.1

@@
identifier src_pte;
@@
  move_hugetlb_page_tables(...)
  {
  <...
- if (huge_pte_none(huge_ptep_get(src_pte)))
- 	continue;
+ if (mm_bug(910)) {
+ 	spinlock_t *ptl = huge_pte_lock(h, mm, src_pte);
+ 	bool none = huge_pte_none(huge_ptep_get(src_pte));
+
+ 	spin_unlock(ptl);
+ 	if (none)
+ 		continue;
+ } else if (huge_pte_none(huge_ptep_get(src_pte)))
+ 	continue;
  ...>
  }
