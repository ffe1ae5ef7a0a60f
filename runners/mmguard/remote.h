/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ssh target: mmrun on another machine, cut off from the connection that started it.
 *
 * There, in a directory that only the user can enter (~/.cache/mmguard), lie
 * store/<hash>/<name>, the programs (and store/<hash>/tree with those of --from), and
 * runs/<id>/, a run: plan.K, frames.K, log.K of start K.
 * mmrun writes all results as frames to frames.K, on the disk before the next case begins. That
 * file is the truth; it is read here from the byte on that was read last, however often the
 * connection ends.
 */
#ifndef MG_REMOTE_H
#define MG_REMOTE_H

#include "progress.h"
#include "remotetree.h"
#include "run.h"
#include "ssh.h"
#include "until.h"

/* What a machine says about itself. */
struct remote_facts {
	char *arch, *release, *version; /* uname -m, -r, -v */
	char *boot_id;
	char *dir;  /* ours there, absolute */
	char *sudo; /* what makes a command root's: "sudo -n" or "" */
	unsigned long cpus, memory_mib, free_mib;
	struct strv store; /* "<hash>/<name> <bytes>" for each program that is there */
};

struct remote {
	struct ssh ssh;
	struct remote_facts facts; /* when the run began, or the present boot */
	char *run;		 /* name of its directory below runs/, NULL before it has one */
	char *mmrun;		 /* "<hash>/mmrun" */
	struct remote_tree tree; /* of --from */
	bool begun;		 /* a boot was asked for */
	bool again;		 /* what it says now may be here already */
};

/* Connect and look around; sets remote, release and version of @r.  0, or -1 with a message. */
int remote_open(struct run *r);
/* The machine, for run.json. */
json_t *remote_json(const struct remote *m);
/* The machine has the kernel it had?  Asks it again.  0, 1 another kernel, or -1. */
int remote_look_again(struct remote *m, char **complaint);
/* NULL is none. */
void remote_close(struct remote *m);
void remote_facts_free(struct remote_facts *f);

/* Run the plan there. */
enum target_end remote_run(struct run *r);

/* What the programs of a plan are called there; free with plan_free(). */
int remote_plan(const struct remote *m, const struct plan *here, struct plan *there);
/*
 * Bring mmrun and the programs of the plan there, as far as they are not.  0, or -1 with a
 * message.
 */
int remote_copy(struct remote *m, const struct run *r, const struct plan *p);

enum remote_end {
	REMOTE_DONE,	    /* the plan is finished */
	REMOTE_STOPPED,	    /* mmrun ended early, the machine did not; the journal says why */
	REMOTE_LOST,	    /* another boot: the machine died; the journal says why */
	REMOTE_GONE,	    /* it was waited for in vain; the journal says so */
	REMOTE_INTERRUPTED, /* by us */
	REMOTE_ERROR,	    /* mmrun cannot be started, or we cannot write; told */
};

/*
 * Start number until->boot with @plan, whose paths are the ones there, from its begin to its
 * end, or until @until has a reason.
 */
enum remote_end remote_boot(struct remote *m, struct run *r, const struct plan *plan,
			    const struct until *until, struct progress *progress);

/* Write down what is started, so that a run that goes on finds it.  0, or -1 with a message. */
int remote_note_start(const struct remote *m, const struct run *r, unsigned int boot);
/*
 * What the run @r, which goes on, started last on the machine and did not see the end of: its
 * plan and number, and @m is as it was then.  0 when there is none, -1 with a message.
 */
int remote_find_start(struct remote *m, const struct run *r, struct plan *plan);

/* What an exit status or a complaint of a script there means, as one line; the caller frees. */
char *remote_why(const struct remote *m, const struct ssh_result *r);
#endif
