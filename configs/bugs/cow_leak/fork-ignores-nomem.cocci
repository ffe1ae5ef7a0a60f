// SPDX-License-Identifier: GPL-2.0-only
// bug: fork-ignores-nomem
// number: 207
// file: mm/memory.c
// breaks: fork goes on when the entries of one page table cannot be copied for want of memory
// undoes: synthetic
// symptom: under memory pressure a child reads zeroes where its parent has data
// kernels: 6.1 7.2

@@
expression E;
@@
  copy_pmd_range(...)
  {
  <...
  if (E == -ENOMEM)
-	return -ENOMEM;
+ {
+	if (mm_bug(207))
+		continue;
+	return -ENOMEM;
+ }
  ...>
  }

@@
@@
  copy_pmd_range(...)
  {
  <...
  if (copy_pte_range(...))
-	return -ENOMEM;
+ {
+	if (mm_bug(207))
+		continue;
+	return -ENOMEM;
+ }
  ...>
  }
