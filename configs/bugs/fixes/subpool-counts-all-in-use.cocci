// SPDX-License-Identifier: GPL-2.0-only
// bug: subpool-counts-all-in-use
// number: 907
// file: mm/hugetlb.c
// breaks: nothing: a mount without size= counts its pages in use too, as its minimum is compared with them
// undoes: synthetic
// symptom: a mount with min_size= reserves only what its minimum lacks
// kernels: 6.1 7.2

@@
identifier s;
identifier d;
@@
  hugepage_subpool_get_pages(struct hugepage_subpool *s, long d)
  {
  <...
+ if (mm_bug(907) && s->max_hpages == -1)
+	s->used_hpages += d;
  if (s->min_hpages != -1 && s->rsv_hpages) { ... }
  ...>
  }

@@
identifier s;
identifier d;
@@
  hugepage_subpool_put_pages(struct hugepage_subpool *s, long d)
  {
  <...
- if (s->max_hpages != -1)
+ if (s->max_hpages != -1 || mm_bug(907))
	s->used_hpages -= d;
  ...>
  }
