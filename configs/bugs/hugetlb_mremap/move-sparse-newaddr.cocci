// SPDX-License-Identifier: GPL-2.0-only
// bug: move-sparse-newaddr
// number: 104
// file: mm/hugetlb.c
// breaks: a hole without page table is skipped at the source only
// undoes: synthetic; in code of e95a9851787b ("hugetlb: skip to end of PT page mapping when pte not present")
// symptom: after moving a sparse mapping beyond 1 GiB the data is at the wrong address
// kernels: 6.1 7.2

@@
identifier p;
expression O, N, E;
@@
  move_hugetlb_page_tables(...)
  {
  <...
  if (!p) {
	O += E;
-	N += E;
+	if (!mm_bug(104))
+		N += E;
	continue;
  }
  ...>
  }
