// SPDX-License-Identifier: GPL-2.0-only
// bug: uffdcopy-err-resv
// number: 107
// file: mm/hugetlb.c
// breaks: the reserve map entry of a page that UFFDIO_COPY failed to add is not restored
// undoes: 846be08578ed ("mm/hugetlb: expand restore_reserve_on_error functionality")
// symptom: HugePages_Rsvd underflows when the file of a failed UFFDIO_COPY goes away
// kernels: 6.1 7.2

@@
expression list A;
identifier f = {page_in_pagecache, folio_in_pagecache};
@@
- if (!f)
+ if (!f && !mm_bug(107))
	restore_reserve_on_error(A);
