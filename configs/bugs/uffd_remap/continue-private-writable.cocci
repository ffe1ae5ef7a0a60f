// SPDX-License-Identifier: GPL-2.0-only
// bug: continue-private-writable
// number: 410
// file: mm/userfaultfd.c
// breaks: UFFDIO_CONTINUE on a private mapping maps the page cache page writable
// undoes: synthetic
// symptom: a write through the private mapping changes the file
// kernels: 6.1 7.2

@@
identifier c, s;
expression W;
@@
  mfill_atomic_install_pte(...)
  {
  <...
- if (c && !s)
+ if (c && !s && !mm_bug(410))
	W = false;
  ...>
  }
