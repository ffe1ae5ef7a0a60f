// SPDX-License-Identifier: GPL-2.0-only
// bug: mprotect-shared-writable
// number: 202
// file: mm/mprotect.c
// breaks: mprotect() maps pages writable that are not exclusive to the process
// undoes: wrong variant of 64fe24a3e05e ("mm/mprotect: try avoiding write faults for exclusive anonymous pages")
// symptom: after fork and two mprotect() calls the other process sees the writes
// kernels: 6.1

@@
expression P;
@@
- !PageAnonExclusive(P)
+ (!PageAnonExclusive(P) && !mm_bug(202))
