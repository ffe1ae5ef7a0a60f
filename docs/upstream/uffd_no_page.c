// SPDX-License-Identifier: GPL-2.0-only
/* UFFDIO_COPY to a HugeTLB mapping with no free huge page: EEXIST where nothing exists. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE (2ul << 20)

int main(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_copy copy = { .len = HUGE };
	FILE *pool = fopen("/proc/sys/vm/nr_hugepages", "w");
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	char *src, *dst;

	printf("KTAP version 1\n1..1\n");
	fprintf(pool, "0");
	fclose(pool);
	src = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	dst = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	memset(src, 1, HUGE);
	reg.range.start = copy.dst = (unsigned long)dst;
	reg.range.len = HUGE;
	copy.src = (unsigned long)src;
	if (ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg)) {
		printf("ok 1 uffd_no_page # SKIP no userfaultfd\n");
		return 4;
	}
	if (!ioctl(uffd, UFFDIO_COPY, &copy))
		errno = 0;
	printf("# %s\n", strerror(errno));
	printf("%s 1 uffd_no_page\n", errno == ENOMEM ? "ok" : "not ok");
	return errno != ENOMEM;
}
