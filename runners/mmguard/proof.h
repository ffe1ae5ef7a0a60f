/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known to catch a bug: the expectation of the repository, or a matrix on disk. */
#ifndef MG_PROOF_H
#define MG_PROOF_H

#include "matrix.h"
#include "paths.h"

/* One bug and the scenarios that catch it; a program stands for its log and machine state. */
struct proof {
	unsigned int number;
	char *name;
	enum how how;
	struct strv scenarios;
};

struct proofs {
	char *from; /* the file */
	struct proof *v;
	size_t n;
};

/* Append from lines "number name how scenario...", '#' comments.  0, or -1 with a message. */
int proofs_parse(struct proofs *p, const char *text, const char *path);
/* configs/bugs/expected-@version; NULL: of all versions.  0, or -1 with a message. */
int proofs_expected(struct proofs *p, const struct paths *paths, const char *version);
/* configs/bugs/real-*: what fails on released kernels.  0, or -1 with a message. */
int proofs_real(struct proofs *p, const struct paths *paths);
/* A matrix.json.  0, or -1 with a message. */
int proofs_matrix(struct proofs *p, const char *path);
/*
 * The matrix in @results, without it the newest below results/, without one the expectation for
 * @version.  0, or -1 with a message.
 */
int proofs_newest(struct proofs *p, const struct paths *paths, const char *results,
		  const char *version);
void proofs_free(struct proofs *p);

/* The name of the first proof in which @scenario stands, or NULL. */
const char *proofs_has(const struct proofs *p, const char *scenario);
/*
 * Compare with what was expected: a line to @f for each difference in the bugs that @m has.
 * Returns how many bugs are missed that were caught.
 */
size_t proofs_compare(const struct proofs *expected, const struct matrix *m, FILE *f);
#endif
