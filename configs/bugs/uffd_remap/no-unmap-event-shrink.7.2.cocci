// SPDX-License-Identifier: GPL-2.0-only
// bug: no-unmap-event-shrink
// number: 405
// file: mm/mremap.c
// breaks: a shrinking mremap sends no EVENT_UNMAP for the tail it cuts off
// undoes: unverified
// symptom: the monitor never hears of the unmapped tail
// kernels: 7.2

@@
expression I, M, A, L, U;
expression V;
@@
  shrink_vma(...)
  {
  <...
- do_vmi_munmap(I, M, A, L, V, U)
+ do_vmi_munmap(I, M, A, L, mm_bug(405) ? NULL : V, U)
  ...>
  }
