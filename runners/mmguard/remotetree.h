/* SPDX-License-Identifier: GPL-2.0-only */
/* Others' programs on another machine: their tree is copied as it is, what they need of the
 * machine beyond it is the machine's own. */
#ifndef MG_REMOTETREE_H
#define MG_REMOTETREE_H

#include "plan.h"

struct remote_tree {
	const char *from; /* the tree here */
	char *name;	  /* "<hash>" of what it holds; NULL: there is no tree */
	char *entry;	  /* how the other machine says that it has it */
	char *list;	  /* what it holds */
	size_t len;
	struct strv members; /* names in @from that are needed */
	unsigned long long bytes;
};

/* What of the tree @from, which outlives @t, the plan needs.  0, or -1 with a message; free it
 * in any case. */
int remote_tree_survey(struct remote_tree *t, const char *from, const struct plan *p);
/* Make in @dir what tar is to take, and append the names of it.  0, or -1 with a message. */
int remote_tree_stage(const struct remote_tree *t, const char *dir, struct strv *members);
/* Where @path lies there, when @store is the store's path; the caller frees. */
char *remote_tree_path(const struct remote_tree *t, const char *store, const char *path);
void remote_tree_free(struct remote_tree *t);
#endif
