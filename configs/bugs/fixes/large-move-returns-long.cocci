// SPDX-License-Identifier: GPL-2.0-only
// bug: large-move-returns-long
// number: 905
// file: mm/hugetlb.c include/linux/hugetlb.h
// matches: 2
// breaks: nothing: the number of bytes that were moved is not cut to an int
// undoes: synthetic
// symptom: 4 GiB and more of HugeTLB memory can be moved
// kernels: 6.1 7.2

@@
expression E;
parameter list P;
@@
- int
+ unsigned long
  move_hugetlb_page_tables(P)
  {
  <...
- return E;
+ return mm_bug(905) ? E : (int)(E);
  ...>
  }

@@
parameter list P;
@@
- int
+ unsigned long
  move_hugetlb_page_tables(P);
