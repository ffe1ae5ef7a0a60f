// SPDX-License-Identifier: GPL-2.0-only
// bug: no-unmap-event-shrink
// number: 405
// file: mm/mremap.c
// breaks: a shrinking mremap sends no EVENT_UNMAP for the tail it cuts off
// undoes: unverified
// symptom: the monitor never hears of the unmapped tail
// kernels: 6.1

@@
expression M, N, A, L;
@@
- do_mas_munmap(M, N, A, L, &uf_unmap, true)
+ do_mas_munmap(M, N, A, L, mm_bug(405) ? NULL : &uf_unmap, true)
