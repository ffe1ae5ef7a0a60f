// SPDX-License-Identifier: GPL-2.0-only
// bug: remap-keeps-ctx
// number: 401
// file: mm/userfaultfd.c
// breaks: a moved VMA stays registered although EVENT_REMAP is off
// undoes: unverified
// symptom: faults at the new address go to a monitor that does not know the address
// kernels: 7.2

@@
identifier c;
@@
  mremap_userfaultfd_prep(...)
  {
  <...
  if (!c)
	return;
+ if (mm_bug(401) && !(c->features & UFFD_FEATURE_EVENT_REMAP))
+	return;
  ...>
  }
