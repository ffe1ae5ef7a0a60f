// SPDX-License-Identifier: GPL-2.0-only
// bug: mprotect-shared-writable
// number: 202
// file: mm/mprotect.c
// breaks: mprotect() maps pages writable that are not exclusive to the process
// undoes: wrong variant of 64fe24a3e05e ("mm/mprotect: try avoiding write faults for exclusive anonymous pages")
// symptom: after fork and two mprotect() calls the other process sees the writes
// kernels: 7.2

@@
expression P;
@@
  can_change_private_pte_writable(...)
  {
  <...
- PageAnonExclusive(P)
+ (PageAnonExclusive(P) || mm_bug(202))
  ...>
  }

@@
@@
  commit_anon_folio_batch(...)
  {
  <...
  prot_commit_flush_ptes(...,
-	expected_anon_exclusive,
+	expected_anon_exclusive || mm_bug(202),
	...);
  ...>
  }
