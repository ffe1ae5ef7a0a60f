/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans: which cases of which programs a boot is asked for; also the file that tells mmrun. */
#ifndef MG_PLAN_H
#define MG_PLAN_H

#include "catalog.h"
#include "known.h"
#include "select.h"
#include "common/results.h"

struct plan_entry {
	char *program;	       /* area.program */
	char *path;	       /* of the binary, where mmrun runs */
	unsigned long seconds; /* hang guard */
	struct strv cases;     /* scenario[.kind]; "*": whatever it reports */
	/* Of a program that is not one of ours (from.h); otherwise NULL and none. */
	char *cwd;
	struct strv args;
};

/* How often and how long; zeroes mean once. */
struct repeat {
	unsigned long rounds; /* at most; ROUNDS_ENDLESS */
	double seconds;	      /* no program is started later than this; 0: any time */
	bool until_fail;      /* until something is unexpected */
};

/*
 * The entries below @again are only for round @round, the others for all later ones; with
 * @again 0 all are for all.
 */
struct plan {
	struct plan_entry *v;
	size_t n;
	size_t again;
	unsigned long round; /* the first, 0 and 1 are the same */
	struct repeat repeat;
};

/* A case that is not run and why. */
struct held_case {
	char *name, *reason;
	bool skip; /* it cannot be run there; otherwise it would harm the machine */
	char *program;
	unsigned long seconds; /* hang guard of the program */
};

struct held {
	struct held_case *v;
	size_t n;
};

/* What to select by; members may be NULL. */
struct selection {
	const struct strv *selectors; /* empty: everything of the profile */
	const struct profile *profile;
	bool quick;			 /* leave out programs that say "profile: full" */
	const struct known_issues *hold; /* issues whose harm keeps a case from being run */
	const char *version;		 /* the kernel those are looked up for */
};

/*
 * Choose cases.  0, or -1 with messages when a selector matches nothing (the nearest names are
 * said). An empty plan is no error here.
 */
int plan_select(const struct catalog *c, const struct selection *s, struct plan *p,
		struct held *h);
/*
 * Put the programs last that known issues make harm a machine with kernel @version, the worst
 * of all: what they leave behind must not disturb the others.
 */
void plan_harmful_last(struct plan *p, const struct known_issues *k, const char *version);
/* Is it a program whose cases are not known before it has run? */
bool plan_foreign(const struct plan_entry *e);
/* Append an entry without cases and return it. */
struct plan_entry *plan_add(struct plan *p, const char *program, const char *path,
			    unsigned long seconds);
/* A program of the catalog, without cases. */
struct plan_entry *plan_add_program(struct plan *p, const struct program *prog);
/* The same program in another plan, without cases. */
struct plan_entry *plan_add_like(struct plan *p, const struct plan_entry *e);
/* Append a copy of an entry. */
void plan_copy_entry(struct plan *p, const struct plan_entry *e);
/* Append copies of all entries. */
void plan_copy_entries(struct plan *to, const struct plan *from);
/* The entries [*first, *last) are those of @round; none when it is before the first. */
void plan_range(const struct plan *p, unsigned long round, size_t *first, size_t *last);
/* Known cases of the first round; a program whose cases are not known counts as one. */
size_t plan_cases(const struct plan *p);
/* Take out entry @i, which cannot be run for @reason. */
void plan_skip(struct plan *p, size_t i, const char *reason, struct held *h);
/* The file mmrun reads, as text; the caller frees.  0 or -errno. */
int plan_text(const struct plan *p, char **text, size_t *len);
/* Write the file mmrun reads.  0 or -errno with a message. */
int plan_write(const struct plan *p, const char *path);
/* Read it back.  0, or -1 when the file is missing or malformed, without a message. */
int plan_read(struct plan *p, const char *path);
void plan_entry_free(struct plan_entry *e);
void held_case_free(struct held_case *c);
void plan_free(struct plan *p);
void held_free(struct held *h);
#endif
