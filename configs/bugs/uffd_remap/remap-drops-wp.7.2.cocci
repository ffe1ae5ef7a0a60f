// SPDX-License-Identifier: GPL-2.0-only
// bug: remap-drops-wp
// number: 404
// file: include/linux/userfaultfd_k.h
// breaks: write protection is dropped by a move although EVENT_REMAP is on
// undoes: wrong variant of 0cef0bb836e3 ("mm: clear uffd-wp PTE/PMD state on mremap()"), CVE-2025-21696
// symptom: writes to the moved range are not trapped
// kernels: 7.2

@@
expression F;
@@
  vma_has_uffd_without_event_remap(...)
  {
  <...
- (F & UFFD_FEATURE_EVENT_REMAP) == 0
+ (mm_bug(404) || (F & UFFD_FEATURE_EVENT_REMAP) == 0)
  ...>
  }
