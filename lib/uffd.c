// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "caseloop.h"
#include "report.h"
#include "tasks.h"
#include "uffd.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_PAGEFAULT_FLAG_MINOR
#define UFFD_PAGEFAULT_FLAG_MINOR (1 << 2)
#endif
#ifndef UFFDIO_CONTINUE
struct uffdio_continue {
	struct uffdio_range range;
	__u64 mode;
	__s64 mapped;
};
#define UFFDIO_CONTINUE _IOWR(UFFDIO, 0x07, struct uffdio_continue)
#endif

const char *uffd_kind_name(enum uffd_event_kind kind)
{
	static const char *const names[] = {
		[UFFD_MISSING] = "MISSING", [UFFD_WP] = "WP",	    [UFFD_MINOR] = "MINOR",
		[UFFD_FORK] = "FORK",	    [UFFD_REMAP] = "REMAP", [UFFD_REMOVE] = "REMOVE",
		[UFFD_UNMAP] = "UNMAP",
	};

	return names[kind];
}

static void record(struct uffd *u, struct uffd_event event)
{
	pthread_mutex_lock(&u->lock);
	if (u->n < UFFD_EVENTS_MAX)
		u->events[u->n++] = event;
	pthread_mutex_unlock(&u->lock);
}

static int protect(struct uffd *u, uint64_t addr, size_t len, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = addr, .len = len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return ioctl(u->fd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}

int uffd_copy(struct uffd *u, void *addr, unsigned char fill)
{
	struct uffdio_copy copy = { .dst = (uintptr_t)addr, .len = u->page };
	void *src =
		mmap(NULL, u->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = 0;

	if (src == MAP_FAILED)
		return -errno;
	memset(src, fill, u->page);
	copy.src = (uintptr_t)src;
	if (ioctl(u->fd, UFFDIO_COPY, &copy))
		ret = -errno;
	munmap(src, u->page);
	return ret;
}

int uffd_continue(struct uffd *u, void *addr, size_t len)
{
	struct uffdio_continue c = { .range = { .start = (uintptr_t)addr, .len = len } };

	return ioctl(u->fd, UFFDIO_CONTINUE, &c) ? -errno : 0;
}

/* A page that is there already, or a mapping that is gone, is no error here. */
static void resolve(struct uffd *u, const struct uffd_event *event)
{
	struct uffdio_range range = { .start = event->from, .len = u->page };

	switch (event->kind) {
	case UFFD_MISSING:
		if (uffd_copy(u, (void *)(uintptr_t)event->from, u->fill))
			ioctl(u->fd, UFFDIO_WAKE, &range);
		break;
	case UFFD_WP:
		protect(u, event->from, u->page, false);
		break;
	case UFFD_MINOR:
		if (uffd_continue(u, (void *)(uintptr_t)event->from, u->page))
			ioctl(u->fd, UFFDIO_WAKE, &range);
		break;
	default:
		break;
	}
}

static void on_fault(struct uffd *u, const struct uffd_msg *msg)
{
	uint64_t flags = msg->arg.pagefault.flags;
	struct uffd_event event = {
		.kind = flags & UFFD_PAGEFAULT_FLAG_WP	    ? UFFD_WP
			: flags & UFFD_PAGEFAULT_FLAG_MINOR ? UFFD_MINOR
							    : UFFD_MISSING,
		.from = msg->arg.pagefault.address & ~(u->page - 1),
	};
	bool hold;

	record(u, event);
	pthread_mutex_lock(&u->lock);
	hold = u->hold;
	pthread_mutex_unlock(&u->lock);
	if (!hold)
		resolve(u, &event);
}

static void on_message(struct uffd *u, const struct uffd_msg *msg)
{
	struct uffd_event event = { .kind = UFFD_FORK };

	switch (msg->event) {
	case UFFD_EVENT_PAGEFAULT:
		on_fault(u, msg);
		return;
	case UFFD_EVENT_FORK:
		/* Closing it would take the child's registration away. */
		if (u->forked >= 0)
			close(u->forked);
		u->forked = msg->arg.fork.ufd;
		break;
	case UFFD_EVENT_REMAP:
		event = (struct uffd_event){ UFFD_REMAP, msg->arg.remap.from, msg->arg.remap.to,
					     msg->arg.remap.len };
		break;
	case UFFD_EVENT_REMOVE:
		event = (struct uffd_event){ UFFD_REMOVE, msg->arg.remove.start,
					     msg->arg.remove.end, 0 };
		break;
	case UFFD_EVENT_UNMAP:
		event = (struct uffd_event){ UFFD_UNMAP, msg->arg.remove.start,
					     msg->arg.remove.end, 0 };
		break;
	}
	record(u, event);
}

/* Obeys an order of the test once all that was sent before it is recorded. */
static void *monitor(void *arg)
{
	struct uffd *u = arg;
	struct pollfd fds[2] = { { .fd = u->fd, .events = POLLIN },
				 { .fd = u->orders[0], .events = POLLIN } };
	struct uffd_msg msg;

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		char order = 0;

		if (fds[1].revents && (read(u->orders[0], &order, 1) != 1 || order == 'q'))
			break;
		while (read(u->fd, &msg, sizeof(msg)) == sizeof(msg))
			on_message(u, &msg);
		pthread_mutex_lock(&u->lock);
		u->synced += order == 's';
		pthread_mutex_unlock(&u->lock);
	}
	return NULL;
}

static unsigned synced(struct uffd *u)
{
	unsigned n;

	pthread_mutex_lock(&u->lock);
	n = u->synced;
	pthread_mutex_unlock(&u->lock);
	return n;
}

static void sync_monitor(struct uffd *u)
{
	double end = seconds_now() + 5 * mm_slow();
	unsigned before = synced(u);

	if (write(u->orders[1], "s", 1) != 1)
		mm_broken("userfaultfd monitor: %s", strerror(errno));
	while (synced(u) == before) {
		if (seconds_now() > end)
			mm_broken("userfaultfd monitor: no answer in time");
		usleep(50);
	}
}

static int open_fd(uint64_t features)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	if (fd < 0 && errno == EPERM)
		fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (fd < 0)
		mm_skip("needs userfaultfd, found %s; run as root or set "
			"vm.unprivileged_userfaultfd",
			strerror(errno));
	if (ioctl(fd, UFFDIO_API, &api))
		mm_skip("needs userfaultfd features %#llx, found %s",
			(unsigned long long)features, strerror(errno));
	return fd;
}

struct uffd *uffd_open(uint64_t features, size_t page)
{
	struct uffd *u = calloc(1, sizeof(*u));

	if (!u)
		mm_broken("no memory for a userfaultfd monitor");
	u->page = page;
	u->forked = -1;
	pthread_mutex_init(&u->lock, NULL);
	u->fd = open_fd(features);
	if (pipe2(u->orders, O_CLOEXEC) || pthread_create(&u->thread, NULL, monitor, u))
		mm_broken("userfaultfd monitor: %s", strerror(errno));
	return u;
}

void uffd_close(struct uffd *u)
{
	if (write(u->orders[1], "q", 1) == 1)
		pthread_join(u->thread, NULL);
	close(u->fd);
	close(u->orders[0]);
	close(u->orders[1]);
	if (u->forked >= 0)
		close(u->forked);
	free(u);
}

void uffd_register(struct uffd *u, void *addr, size_t len, uint64_t mode)
{
	struct uffdio_register reg = { .range = { .start = (uintptr_t)addr, .len = len },
				       .mode = mode };

	if (!ioctl(u->fd, UFFDIO_REGISTER, &reg))
		return;
	if (errno == EINVAL)
		mm_skip("needs userfaultfd mode %llu on this kind of memory, the kernel does "
			"not "
			"have it",
			(unsigned long long)mode);
	mm_broken("UFFDIO_REGISTER mode %llu: %s", (unsigned long long)mode, strerror(errno));
}

void uffd_protect(struct uffd *u, void *addr, size_t len, bool on)
{
	int ret = protect(u, (uintptr_t)addr, len, on);

	if (ret)
		mm_broken("UFFDIO_WRITEPROTECT %s: %s", on ? "on" : "off", strerror(-ret));
}

bool uffd_get(struct uffd *u, enum uffd_event_kind kind, size_t skip, struct uffd_event *event)
{
	bool found = false;

	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < u->n && !found; i++)
		if (u->events[i].kind == kind && !skip--) {
			*event = u->events[i];
			found = true;
		}
	pthread_mutex_unlock(&u->lock);
	return found;
}

size_t uffd_count(struct uffd *u, enum uffd_event_kind kind)
{
	size_t count = 0;

	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < u->n; i++)
		count += u->events[i].kind == kind;
	pthread_mutex_unlock(&u->lock);
	return count;
}

bool uffd_wait(struct uffd *u, enum uffd_event_kind kind, size_t n)
{
	double end = seconds_now() + 5 * mm_slow();

	while (uffd_count(u, kind) < n) {
		if (seconds_now() > end)
			return false;
		usleep(200);
	}
	return true;
}

void uffd_forget(struct uffd *u)
{
	pthread_mutex_lock(&u->lock);
	u->n = 0;
	pthread_mutex_unlock(&u->lock);
}

static void describe(const struct uffd_event *e, size_t n, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "none");
	for (size_t i = 0; i < n && used + 1 < size; i++)
		used += snprintf(text + used, size - used, "%s%s(%#llx %#llx %#llx)",
				 i ? " " : "", uffd_kind_name(e[i].kind),
				 (unsigned long long)e[i].from, (unsigned long long)e[i].to,
				 (unsigned long long)e[i].len);
}

static bool same_events(const struct uffd_event *a, const struct uffd_event *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].kind != b[i].kind || a[i].from != b[i].from || a[i].to != b[i].to ||
		    a[i].len != b[i].len)
			return false;
	return true;
}

bool uffd_expect(struct uffd *u, const char *step, const struct uffd_event *want, size_t n)
{
	char wanted[150], found[150];
	bool ok;

	sync_monitor(u);
	pthread_mutex_lock(&u->lock);
	ok = u->n == n && same_events(u->events, want, n);
	describe(want, n, wanted, sizeof(wanted));
	describe(u->events, u->n, found, sizeof(found));
	u->n = 0;
	pthread_mutex_unlock(&u->lock);
	return mm_expect(ok, "events %s: expected %s, found %s", step, wanted, found);
}

bool uffd_expect_one(struct uffd *u, const char *step, struct uffd_event want)
{
	return uffd_expect(u, step, &want, 1);
}

bool uffd_expect_none(struct uffd *u, const char *step)
{
	return uffd_expect(u, step, NULL, 0);
}

void uffd_expect_read(struct uffd *u, const char *what, unsigned char *addr, unsigned char want,
		      bool missing)
{
	unsigned char found = 0;
	int sig = access_read(addr, &found);

	mm_expect(!sig, "%s: reading raised signal %d", what, sig);
	mm_expect(sig || found == want, "%s: expected %#x, found %#x", what, want, found);
	uffd_expect(u, what, &(struct uffd_event){ UFFD_MISSING, uffd_addr(addr), 0, 0 },
		    missing);
}

void uffd_expect_write(struct uffd *u, const char *what, unsigned char *addr, bool trapped)
{
	int sig = access_write(addr, 2);

	mm_expect(!sig, "%s: writing raised signal %d", what, sig);
	uffd_expect(u, what, &(struct uffd_event){ UFFD_WP, uffd_addr(addr), 0, 0 }, trapped);
}

void uffd_release(struct uffd *u)
{
	struct uffd_event held[UFFD_EVENTS_MAX];
	size_t n;

	pthread_mutex_lock(&u->lock);
	u->hold = false;
	n = u->n;
	memcpy(held, u->events, n * sizeof(held[0]));
	pthread_mutex_unlock(&u->lock);
	for (size_t i = 0; i < n; i++)
		resolve(u, &held[i]);
}
