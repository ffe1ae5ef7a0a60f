/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log, record by record, with the sequence numbers that tell when
 * records were overwritten before they were read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mmrun.h"

#define RECORD_MAX 8192

void kmsg_open(struct kmsg *k)
{
	*k = (struct kmsg){ .fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
	if (k->fd < 0)
		say("/dev/kmsg: %s; the kernel log is not watched", strerror(errno));
	else
		lseek(k->fd, 0, SEEK_END);
}

/* Number of records that are missing in front of this one. */
static unsigned long long lost_before(struct kmsg *k, const char *record)
{
	const char *comma = strchr(record, ',');
	unsigned long long seq = comma ? strtoull(comma + 1, NULL, 10) : k->next;
	unsigned long long lost = k->known && seq > k->next ? seq - k->next : 0;

	k->next = seq + 1;
	k->known = true;
	return lost;
}

void kmsg_drain(struct kmsg *k, struct sink *s, struct sink_file *f)
{
	char out[4 * RECORD_MAX];
	bool overwritten = false;
	size_t used = 0;

	/* Bounded: a kernel that never stops talking must not hold the run up. */
	for (int i = 0; k->fd >= 0 && i < 20000; i++) {
		char record[RECORD_MAX + 1];
		unsigned long long lost;
		ssize_t n = read(k->fd, record, RECORD_MAX);

		/* EPIPE: overwritten; the next read goes on with what is left. */
		if (n < 0 && (errno == EPIPE || errno == EINTR)) {
			overwritten |= errno == EPIPE;
			continue;
		}
		if (n <= 0)
			break;
		record[n] = '\0';
		if (used + (size_t)n + 80 > sizeof(out)) {
			sink_append(s, f, out, used);
			used = 0;
		}
		lost = lost_before(k, record);
		if (lost)
			used += (size_t)snprintf(out + used, 80,
						 MMG_KMSG_OVERRUN "%llu records lost\n", lost);
		else if (overwritten) /* before the first one was read */
			used += (size_t)sprintf(out + used, MMG_KMSG_OVERRUN "records lost\n");
		overwritten = false;
		memcpy(out + used, record, (size_t)n);
		used += (size_t)n;
	}
	if (used)
		sink_append(s, f, out, used);
}
