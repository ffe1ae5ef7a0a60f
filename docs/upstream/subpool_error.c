// SPDX-License-Identifier: GPL-2.0-only
/* A fault that finds no free huge page: the mount with size= counts the page as used for ever.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE (2ul << 20)

static void set_pool(long pages)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "w");

	fprintf(f, "%ld", pages);
	fclose(f);
}

int main(void)
{
	char dir[] = "/tmp/subpool.XXXXXX", file[64];
	struct statfs fs;
	int fd, status;

	printf("KTAP version 1\n1..1\n");
	set_pool(0);
	if (!mkdtemp(dir) || mount("none", dir, "hugetlbfs", 0, "size=4M")) {
		printf("ok 1 subpool_error # SKIP no hugetlbfs\n");
		return 4;
	}
	snprintf(file, sizeof(file), "%s/f", dir);
	fd = open(file, O_RDWR | O_CREAT, 0600);
	if (!fork()) {
		char *p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			       fd, 0);

		*p = 1;
		_exit(0);
	}
	wait(&status);
	close(fd);
	unlink(file);
	statfs(dir, &fs);
	printf("# the fault: %s; free pages of an empty mount of 2: %ld\n",
	       WIFSIGNALED(status) ? "SIGBUS" : "a page", (long)fs.f_bfree);
	printf("%s 1 subpool_error\n", fs.f_bfree == 2 ? "ok" : "not ok");
	umount(dir);
	rmdir(dir);
	return fs.f_bfree != 2;
}
