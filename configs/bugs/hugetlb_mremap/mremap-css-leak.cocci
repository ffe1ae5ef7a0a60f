// SPDX-License-Identifier: GPL-2.0-only
// bug: mremap-css-leak
// number: 102
// file: mm/hugetlb.c
// breaks: the hugetlb cgroup reference of the old VMA is never dropped
// undoes: afe041c2d0fe ("hugetlb: fix hugetlb cgroup refcounting during mremap")
// symptom: every move of a private hugetlb mapping leaves a dying cgroup behind
// kernels: 6.1 7.2

@@
expression E;
@@
  clear_vma_resv_huge_pages(...)
  {
  <...
- resv_map_put_hugetlb_cgroup_uncharge_info(E);
+ if (!mm_bug(102))
+	resv_map_put_hugetlb_cgroup_uncharge_info(E);
  ...>
  }
