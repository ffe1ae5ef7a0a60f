// SPDX-License-Identifier: GPL-2.0-only
// bug: dup-unmap-events
// number: 406
// file: mm/userfaultfd.c
// breaks: munmap over several VMAs of one userfaultfd sends the event once per VMA
// undoes: synthetic
// symptom: one munmap gives n identical EVENT_UNMAP
// kernels: 7.2

@@
identifier u;
@@
  has_unmap_ctx(...)
  {
  struct userfaultfd_unmap_ctx *u;
+ if (mm_bug(406))
+	return false;
  ...
  }
