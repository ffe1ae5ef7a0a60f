/* SPDX-License-Identifier: GPL-2.0-only */
/* One start of mmrun on another machine: remoteboot.c follows it, remoteend.c finds out what
 * its end was and writes that down. */
#ifndef MG_REMOTEFOLLOW_H
#define MG_REMOTEFOLLOW_H

#include "frames.h"
#include "remote.h"
#include "vmsink.h"

struct follower {
	struct remote *m;
	struct run *run;
	unsigned int boot;
	struct progress *progress;
	const struct until *until;
	struct frames frames;
	struct vmsink sink;
	int plan;		   /* the plan, as a file */
	unsigned long long offset; /* bytes of frames.K that were read */
	double sign;		   /* when the last of them came */
	unsigned int failed;	   /* connections in a row that brought nothing */
	bool silent;		   /* told so */
};

/* Take in what mmrun said. */
void remote_take(struct follower *f, const char *data, size_t n);

/* We were told to stop. */
enum remote_end remote_interrupted(struct follower *f);
/* until->reason: what the next program did meanwhile is not fetched, it is not a result. */
enum remote_end remote_seen_enough(struct follower *f);
/* It was waited for in vain. */
enum remote_end remote_gone(struct follower *f);
/* mmrun is over and did not say so: somebody killed it, or it could not write. */
enum remote_end remote_stopped(struct follower *f);
/* The machine booted again. */
enum remote_end remote_died(struct follower *f);
/* What was to follow it ended with @status, a script's; @complaint is its last line. */
enum remote_end remote_failed(struct follower *f, int status, char *complaint);
#endif
