/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict of other people's programs as a whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "foreign.h"
#include "protocol.h"

#define LINE_MAX_ 512

struct said {
	char last[LINE_MAX_]; /* the last line with anything in it */
	char fail[LINE_MAX_]; /* the first one with a failure, "" */
};

static void look_at(struct said *s, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (!line[strspn(line, " \t-=")])
		return;
	snprintf(s->last, sizeof(s->last), "%s", line);
	if (!s->fail[0] && !strncmp(line, "[FAIL]", 6))
		snprintf(s->fail, sizeof(s->fail), "%s", line);
}

static void read_output(const char *path, struct said *s)
{
	char line[LINE_MAX_];
	FILE *in = fopen(path, "re");
	bool whole = true;

	*s = (struct said){ 0 };
	while (in && fgets(line, sizeof(line), in)) {
		bool ends = strchr(line, '\n') != NULL;

		if (whole)
			look_at(s, line);
		whole = ends;
	}
	if (in)
		fclose(in);
}

/* It spoke KTAP: what its results do not say already. */
static bool judge_spoken(const struct foreign *f, enum verdict *v, char *why, size_t len)
{
	bool bad = f->exit != MMG_TEST_PASS && f->exit != MMG_TEST_SKIP;

	if (f->error[0]) {
		*v = V_BROKEN;
		snprintf(why, len, "KTAP: %s", f->error);
	} else if (f->bailed) {
		*v = bad ? V_FAIL : V_BROKEN;
		snprintf(why, len, "bailed out, exit status %d", f->exit);
	} else if (bad && verdict_quiet(f->worst)) {
		*v = V_FAIL;
		snprintf(why, len, "exit status %d, though no case failed", f->exit);
	} else if (!f->gaps && verdict_expected(f->worst) && !verdict_expected(f->whole)) {
		*v = f->whole;
		snprintf(why, len, "KTAP: a part of it reported nothing");
	} else {
		return false;
	}
	return true;
}

/* A version line, perhaps a plan of nothing, and no word about why. */
static bool began(const struct foreign *f, enum verdict *v, char *why, size_t len)
{
	if (!f->begun || f->whole != V_MISSING || f->exit != MMG_TEST_PASS)
		return false;
	*v = V_MISSING;
	snprintf(why, len, "KTAP was begun, nothing was reported; exit status 0");
	return true;
}

static void judge_silent(const struct foreign *f, enum verdict *v, char *why, size_t len)
{
	struct said s, complaints;

	if (began(f, v, why, len))
		return;
	read_output(f->output, &s);
	read_output(f->errors, &complaints);
	if (!s.last[0])
		s = complaints;
	if (f->exit == 126 || f->exit == 127) {
		*v = V_BROKEN;
		snprintf(why, len,
			 "exit status %d: it cannot be executed, or something it calls is not "
			 "there; see stderr",
			 f->exit);
	} else if (f->exit != MMG_TEST_PASS && f->exit != MMG_TEST_SKIP) {
		*v = V_FAIL;
		snprintf(why, len, "exit status %d%s%s", f->exit, s.last[0] ? ": " : "",
			 s.last);
	} else if (s.fail[0]) {
		*v = V_FAIL;
		snprintf(why, len, "exit status %d, though it says: %s", f->exit, s.fail);
	} else {
		*v = f->exit == MMG_TEST_SKIP ? V_SKIP : V_PASS;
		snprintf(why, len, "%s", *v == V_SKIP ? s.last : "");
	}
}

bool foreign_judge(const struct foreign *f, enum verdict *v, char *why, size_t len)
{
	bool told = true;

	if (f->results || f->bailed || f->error[0])
		told = judge_spoken(f, v, why, len);
	else
		judge_silent(f, v, why, len);
	if (!f->hidden[0] || !verdict_expected(told ? *v : f->worst))
		return told;
	*v = V_FAIL;
	snprintf(why, len, "stderr holds a result that failed: %s", f->hidden);
	return true;
}
