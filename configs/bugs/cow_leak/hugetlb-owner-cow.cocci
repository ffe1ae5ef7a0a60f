// SPDX-License-Identifier: GPL-2.0-only
// bug: hugetlb-owner-cow
// number: 204
// file: mm/hugetlb.c
// breaks: the owner of the reservation is treated like a child on a failed COW
// undoes: 04f2cbe35699 ("hugetlb: guarantee that COW faults for a process that called mmap(MAP_PRIVATE) on hugetlbfs will succeed")
// symptom: the owner gets SIGBUS on a COW fault with an empty pool
// kernels: 6.1 7.2

@@
statement S;
identifier o = {outside_reserve, cow_from_owner};
@@
  hugetlb_wp(...)
  {
  <...
- if (o)
+ if (o && !mm_bug(204))
	S
  ...>
  }
