// SPDX-License-Identifier: GPL-2.0-only
// bug: punch-no-cg-uncharge
// number: 108
// file: mm/hugetlb.c
// breaks: splitting a region of a shared reservation does not uncharge the hugetlb cgroup
// undoes: unverified
// symptom: rsvd.current stays charged after punching a hole and after the file is gone
// kernels: 6.1 7.2

@@
expression R, G;
@@
- hugetlb_cgroup_uncharge_file_region(R, G, t - f, false);
+ if (!mm_bug(108))
+	hugetlb_cgroup_uncharge_file_region(R, G, t - f, false);
