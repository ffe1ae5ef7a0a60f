/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * userfaultfd with a monitor thread that records every event and, as told,
 * resolves faults or holds them. Addresses in events are as the kernel sent
 * them, fault addresses rounded down to the page.
 * Source: Documentation/admin-guide/mm/userfaultfd.rst, linux/userfaultfd.h.
 */
#ifndef MMGUARD_UFFD_H
#define MMGUARD_UFFD_H

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Younger than the headers we build with. */
#ifndef UFFD_FEATURE_MINOR_HUGETLBFS
#define UFFD_FEATURE_MINOR_HUGETLBFS (1 << 9)
#endif
#ifndef UFFD_FEATURE_MINOR_SHMEM
#define UFFD_FEATURE_MINOR_SHMEM (1 << 10)
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif

#define UFFD_EVENTS_MAX 256

enum uffd_event_kind {
	UFFD_MISSING,
	UFFD_WP,
	UFFD_MINOR,
	UFFD_FORK,
	UFFD_REMAP,
	UFFD_REMOVE,
	UFFD_UNMAP,
};

struct uffd_event {
	enum uffd_event_kind kind;
	uint64_t from; /* fault: the address; remap: old start; remove, unmap: start */
	uint64_t to;   /* remap: new start; remove, unmap: end */
	uint64_t len;  /* remap only, bytes */
};

struct uffd {
	int fd;
	size_t page;	    /* bytes that one fault resolves */
	unsigned char fill; /* what a MISSING fault is answered with */
	bool hold;	    /* leave faults unanswered until uffd_release() */

	/* Of the monitor thread. */
	pthread_t thread;
	pthread_mutex_t lock;
	int orders[2];	 /* a pipe: 's' sync, 'q' quit */
	unsigned synced; /* orders to sync that were obeyed */
	int forked;	 /* of the last FORK event, -1 before: the child's userfaultfd */
	struct uffd_event events[UFFD_EVENTS_MAX];
	size_t n;
};

/*
 * uffd_open() - userfaultfd with @features (UFFD_FEATURE_*), monitor running
 * @page: bytes of a page of the memory that will be registered
 *
 * SKIPs when the kernel lacks userfaultfd, a feature, or the right to use it.
 * The caller ends it with uffd_close() or by exiting.
 */
struct uffd *uffd_open(uint64_t features, size_t page);
void uffd_close(struct uffd *u);

/* Registers a range (UFFDIO_REGISTER_MODE_*); SKIPs when the kind of memory cannot be. */
void uffd_register(struct uffd *u, void *addr, size_t len, uint64_t mode);

/* Protects or unprotects a range; BROKEN when it fails. */
void uffd_protect(struct uffd *u, void *addr, size_t len, bool on);

/* UFFDIO_COPY of one page filled with @fill, UFFDIO_CONTINUE: 0 or -errno. */
int uffd_copy(struct uffd *u, void *addr, unsigned char fill);
int uffd_continue(struct uffd *u, void *addr, size_t len);

/* Number of events of a kind so far; the first of them after @skip goes to @event. */
size_t uffd_count(struct uffd *u, enum uffd_event_kind kind);
bool uffd_get(struct uffd *u, enum uffd_event_kind kind, size_t skip, struct uffd_event *event);

/* Waits until there are @n events of a kind, at most 5 s (times MMGUARD_SLOW). */
bool uffd_wait(struct uffd *u, enum uffd_event_kind kind, size_t n);

/* Forgets what was recorded. */
void uffd_forget(struct uffd *u);

/*
 * uffd_expect() - are these all events since the last call?
 * @step: what has just been done, for the message
 *
 * Compares kinds, addresses and order of everything that the kernel has sent
 * by now, and forgets it. Records a failure with both lists when they differ.
 * Call it only while no other thread can fault.
 */
bool uffd_expect(struct uffd *u, const char *step, const struct uffd_event *want, size_t n);

/* The same for one event and for none. */
bool uffd_expect_one(struct uffd *u, const char *step, struct uffd_event want);
bool uffd_expect_none(struct uffd *u, const char *step);

/*
 * Touches a byte and compares everything: the value that was read, and that the
 * access was a MISSING (WP) fault of that page or none at all.
 */
void uffd_expect_read(struct uffd *u, const char *what, unsigned char *addr, unsigned char want,
		      bool missing);
void uffd_expect_write(struct uffd *u, const char *what, unsigned char *addr, bool trapped);

/* An address as events have it. */
static inline uint64_t uffd_addr(const void *addr)
{
	return (uintptr_t)addr;
}

/* Answers the faults that were held, and those to come. */
void uffd_release(struct uffd *u);

const char *uffd_kind_name(enum uffd_event_kind kind);

#endif
