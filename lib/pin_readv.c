// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process_vm_readv provider: a thread reads the memory of its own process,
 * and its copy to the user stalls on a fault that userfaultfd holds. Until then
 * the kernel keeps the source pinned for reading; it copies when it is let go.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pagemap.h"
#include "pin.h"
#include "report.h"
#include "uffd.h"

/* The kernel pins as many pages at once as pointers fit in two pages. */
#define POINTER_PAGES 2

struct stalled {
	void *source;
	size_t len;
	char *copy; /* its first page is the one that stalls */
	struct uffd *uffd;
	pthread_t thread;
	int ret;
	bool done;
};

static void *read_thread(void *arg)
{
	struct stalled *s = arg;

	s->ret = pin_short(getpid(), s->source, s->copy, s->len);
	return NULL;
}

static int readv_take(struct pin *pin)
{
	size_t page = page_size(), most = POINTER_PAGES * page / sizeof(void *) * page;
	struct stalled *s = calloc(1, sizeof(*s));

	if (!s || pin->len > most) {
		free(s);
		return s ? -E2BIG : -ENOMEM;
	}
	s->source = pin->addr;
	s->len = pin->len;
	s->copy =
		mmap(NULL, s->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->copy == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %s", s->len, strerror(errno));
	madvise(s->copy, s->len, MADV_NOHUGEPAGE);
	s->uffd = uffd_open(0, page);
	s->uffd->hold = true;
	uffd_register(s->uffd, s->copy, page, UFFDIO_REGISTER_MODE_MISSING);
	if (pthread_create(&s->thread, NULL, read_thread, s))
		mm_broken("pthread_create: %s", strerror(errno));
	if (!uffd_wait(s->uffd, UFFD_MISSING, 1))
		mm_broken("process_vm_readv: did not reach the page that stalls it");
	pin->private = s;
	return 0;
}

static int readv_end(struct stalled *s)
{
	if (!s->done) {
		uffd_release(s->uffd);
		pthread_join(s->thread, NULL);
		s->done = true;
	}
	return s->ret;
}

static int readv_read(struct pin *pin, size_t off, void *buf, size_t len)
{
	struct stalled *s = pin->private;
	int ret = readv_end(s);

	if (!ret)
		memcpy(buf, s->copy + off, len);
	return ret;
}

static void readv_release(struct pin *pin)
{
	struct stalled *s = pin->private;

	readv_end(s);
	uffd_close(s->uffd);
	munmap(s->copy, s->len);
	free(s);
}

const struct pin_provider pin_readv = {
	.name = "process_vm_readv",
	.once = true,
	.take = readv_take,
	.read = readv_read,
	.release = readv_release,
};
