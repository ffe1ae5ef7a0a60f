// SPDX-License-Identifier: GPL-2.0-only
// bug: kpageflags-offline
// number: 501
// file: fs/proc/page.c
// breaks: kpageflags reads the memmap of offline memory
// undoes: aad5f69bc161 ("fs/proc/page.c: don't access uninitialized memmaps in fs/proc/page.c")
// symptom: stale flags for offline memory, an oops if the memmap is poisoned
// kernels: 7.2

@@
expression P;
@@
  kpage_read(...)
  {
  <...
- pfn_to_online_page(P)
+ (mm_bug(501) && op == KPAGE_FLAGS ? (pfn_valid(P) ? pfn_to_page(P) : NULL) :
+	pfn_to_online_page(P))
  ...>
  }
