// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a process that has unmapped its memory still reads from
 * a pipe what another process writes there later: keys, passwords.
 *
 * Mechanism: vmsplice() puts references to pages into a pipe. After the fork
 * the page is mapped by both sides; the reader unmaps it and keeps the pipe. A
 * write fault of the other side finds a page that is mapped once; if it reuses
 * the page for that reason instead of counting all references, the pipe sees
 * what is written.
 *
 * Introduced by: unknown. Fixed by: 09854ba94c6a ("mm: do_wp_page()
 * simplification"), CVE-2020-29374. HugeTLB pages are reused by their mapcount
 * to this day.
 *
 * Proves: the whole object read from the pipe is what it was at the fork,
 * whichever side keeps the pipe, also when mprotect() could make pages writable, and
 * when the pipe is with a third process.
 * Does not prove: the same for pins that may be written (holders, gup_pin).
 */
#include "mmtest.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "access.h"
#include "held.h"
#include "memory.h"
#include "view.h"

#define OLD    1 /* seeds: before the fork, */
#define SECRET 2 /* written when the other side has unmapped its memory */

#define PIPES_MAX 64

MM_PROGRAM(cow_leak, vmsplice, "a pipe does not see what is written after the fork");
MM_NEEDS("seconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_THP_PARTS;
MEMORY_KINDS_MTHP;
MEMORY_KINDS_KSM;
MEMORY_KINDS_FILE;
MEMORY_KINDS_DISK;
MEMORY_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
	self->child = child_fork();
	view_check_in(&self->child, "child after the fork", &self->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

MM_SCENARIO(child_keeps_pipe)
{
	struct memory *m = &self->memory;
	struct held *kept = held_take_in(&self->child, &pin_vmsplice, m, HELD_UNMAP);

	view_write("parent after it wrote", m, SECRET);
	held_check_in(&self->child, kept, OLD);
	view_check("parent in the end", m, SECRET);
}

MM_SCENARIO(parent_keeps_pipe)
{
	struct memory *m = &self->memory;
	struct held *kept = held_take(&pin_vmsplice, m, HELD_UNMAP);

	view_write_in(&self->child, "child after it wrote", m, SECRET);
	held_check(kept, OLD);
	view_check_in(&self->child, "child in the end", m, SECRET);
}

MM_SCENARIO(child_keeps_pipe_parent_upgrades)
{
	struct memory *m = &self->memory;
	struct held *kept = held_take_in(&self->child, &pin_vmsplice, m, HELD_UNMAP);

	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	view_write("parent after mprotect and write", m, SECRET);
	held_check_in(&self->child, kept, OLD);
	view_check("parent in the end", m, SECRET);
}

/* Descriptors in one message. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(PIPES_MAX * sizeof(int))];
};

struct parcel {
	struct held *held;
	int socket;
};

/* 0 or -errno. */
static long child_sends(void *arg)
{
	struct parcel *p = arg;
	int fds[PIPES_MAX];
	size_t n = held_pipes(p->held, fds, PIPES_MAX);
	union control control = { .header = { .cmsg_level = SOL_SOCKET,
					      .cmsg_type = SCM_RIGHTS,
					      .cmsg_len = CMSG_LEN(n * sizeof(int)) } };
	struct iovec byte = { "x", 1 };
	struct msghdr msg = { .msg_iov = &byte,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	if (!n)
		return -E2BIG;
	memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	return sendmsg(p->socket, &msg, 0) == 1 ? 0 : -errno;
}

/* How many there are. */
static size_t receive_fds(int socket, int *fds)
{
	union control control;
	struct iovec data = { (char[1]){ 0 }, 1 };
	struct msghdr msg = { .msg_iov = &data,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	size_t len;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		mm_broken("receiving descriptors: %m");
	len = CMSG_FIRSTHDR(&msg)->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), len);
	return len / sizeof(int);
}

static void pipes_have_old(const int *fds, size_t n, const struct memory *m)
{
	unsigned char *data = malloc(m->len);
	size_t done = 0;

	if (!data)
		mm_broken("memory for %zu bytes: %m", m->len);
	for (size_t i = 0; i < n; i++) {
		ssize_t got = 1;

		for (; done < m->len && got > 0; done += got)
			got = read(fds[i], data + done, m->len - done);
		if (got < 0)
			mm_broken("reading a pipe that was passed on: %m");
	}
	mm_expect(done == m->len, "pipes that were passed on: expected %zu bytes, found %zu",
		  m->len, done);
	pattern_check("data in the pipes that were passed on", data, done, OLD);
	free(data);
}

/* Who spliced is gone; who reads has unmapped what it inherited; a third one writes. */
MM_SCENARIO(pipe_is_passed_on)
{
	struct memory *m = &self->memory;
	struct child sender, writer;
	struct parcel parcel;
	int sockets[2], fds[PIPES_MAX];
	size_t pipes;
	long ret;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		mm_broken("socketpair: %m");
	parcel.socket = sockets[1];
	/* The first child has no part in this, and none of the sockets. */
	child_end(&self->child);
	sender = child_fork();
	writer = child_fork();
	if (munmap(m->addr, m->len))
		mm_broken("munmap of %s: %m", memory_name(m->kind));
	parcel.held = held_take_in(&sender, &pin_vmsplice, m, HELD_UNMAP);
	ret = child_call_copy(&sender, child_sends, &parcel, sizeof(parcel));
	if (ret == -E2BIG)
		mm_skip("needs pipes for %zu bytes, %d are not enough; raise fs.pipe-max-size",
			m->len, PIPES_MAX);
	if (ret)
		mm_broken("sending descriptors: %s", strerror(-ret));
	pipes = receive_fds(sockets[0], fds);
	child_end(&sender);
	view_write_in(&writer, "child after it wrote", m, SECRET);
	pipes_have_old(fds, pipes, m);
	view_check_in(&writer, "child in the end", m, SECRET);
}

MM_MAIN
