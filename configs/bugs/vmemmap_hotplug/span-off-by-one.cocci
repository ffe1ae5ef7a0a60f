// SPDX-License-Identifier: GPL-2.0-only
// bug: span-off-by-one
// number: 505
// file: mm/memory_hotplug.c
// breaks: the span of a zone is one page short after losing its last block
// undoes: synthetic
// symptom: zoneinfo ends one page before the end of the highest online block
// kernels: 6.1 7.2

@@
identifier p, z;
@@
  shrink_zone_span(...)
  {
  <...
- p - z->zone_start_pfn + 1
+ p - z->zone_start_pfn + !mm_bug(505)
  ...>
  }
