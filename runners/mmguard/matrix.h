/* SPDX-License-Identifier: GPL-2.0-only */
/* The matrix bug x scenario, made from the runs with mm_bug=0 and with mm_bug=N. */
#ifndef MG_MATRIX_H
#define MG_MATRIX_H

#include "bugs.h"
#include "report.h"

/* What became of a scenario or a bug; a group is its highest member. */
enum how {
	HOW_NOT_RUN,   /* skipped, or not come to because the machine had died */
	HOW_PASSED,    /* the bug was not noticed; of a bug: it is missed */
	HOW_ZERO,      /* fails on the unmodified kernel too, so it proves nothing */
	HOW_BROKEN,    /* could not do its set-up with the bug, which proves nothing either */
	HOW_LOG,       /* the kernel log, or the machine's state after the program */
	HOW_CRASH,     /* crash or hang of the machine or of the program */
	HOW_ASSERTION, /* the test says what is wrong */
	HOW_COUNT
};

/* One scenario (area.program.scenario, all its kinds) or one whole program (area.program). */
struct matrix_cell {
	char *scenario;
	enum how how;
	unsigned int cases, caught;
	char *reason; /* of the first case that caught it, "" */
};

/* How the programs of another suite stand to a bug; a cell is a program. */
struct matrix_peer {
	enum how how;
	char *note;
	double seconds;
	struct matrix_cell *v;
	size_t n;
};

struct matrix_row {
	unsigned int number;
	char *name, *area, *breaks;
	enum how how;
	char *note;	/* what happened besides, "" */
	double seconds; /* of its boots */
	unsigned int boots;
	struct matrix_cell *v;
	size_t n;
	struct matrix_peer *peer; /* NULL: no other suite was run */
};

struct matrix {
	char *version, *release;
	struct matrix_row *v; /* in the order of numbers */
	size_t n;
	/* What the unmodified kernel gives, sorted by name: HOW_PASSED, HOW_ZERO or
	 * HOW_NOT_RUN. */
	struct matrix_cell *columns;
	size_t ncolumns;
};

/* "assertion", "log", ...; what a bug is called that was not noticed is "missed". */
const char *how_name(enum how how);
/* false for a word that is none; "missed" is HOW_PASSED. */
bool how_parse(const char *word, enum how *how);
/* What a result of its own says, apart from the run with 0. */
enum how how_judge(const struct result *x);
/* The result of the same name; of a whole program also of the same verdict.  NULL: none. */
const struct result *matrix_find(const struct report *r, const struct result *like);
/* The first few parts of a name; the caller frees. */
char *name_parts(const char *name, int parts);
/*
 * Fill note, boots and seconds of @row.  true when the machine died before the first test,
 * which the unmodified kernel does not.
 */
bool matrix_facts(struct matrix_row *row, const struct report *bug);
/* Put @x, whose case is @how, into the cell called @name; *v and *n grow. */
void matrix_put(struct matrix_cell **v, size_t *n, const char *name, const struct result *x,
		enum how how);
/* Does it show the bug? */
bool how_catches(enum how how);

/* "area.program.scenario" of "area.program.scenario.kind"; the caller frees. */
char *scenario_of(const char *name);
/*
 * Fill the cells of @row, and how, note and boots.  Both reports are those of
 * report_collect(), without known issues.
 */
void matrix_compare(struct matrix_row *row, const struct report *zero,
		    const struct report *bug);
/*
 * The same for the programs of another suite, into @row->peer, and note, boots and seconds of
 * the row.  Their results may have other names when they fail; an exit status is a judgement
 * too.
 */
void matrix_compare_peer(struct matrix_row *row, const struct report *zero,
			 const struct report *bug);
/* Does the case of that full name fail in the run with 0? */
bool matrix_zero_fails(const struct report *zero, const char *name);
/* Add the scenarios of a run with 0 to the columns. */
void matrix_columns(struct matrix *m, const struct report *zero);
struct matrix_row *matrix_add(struct matrix *m, const struct bug *b);
const struct matrix_cell *matrix_cell(const struct matrix_row *row, const char *scenario);
const struct matrix_row *matrix_row(const struct matrix *m, unsigned int number);
/* Was another suite run? */
bool matrix_has_peer(const struct matrix *m);
size_t matrix_count_peer(const struct matrix *m, enum how how);
size_t matrix_count(const struct matrix *m, enum how how);
void matrix_free(struct matrix *m);

/* The forms it is written in; errors are found by the caller with ferror(). */
void matrix_json_write(const struct matrix *m, FILE *f);
/* Parts of the next two, and of the JSON, for both sides (matrixsides.c). */
void matrix_sides_text(const struct matrix *m, FILE *f);
void matrix_sides_html(const struct matrix *m, FILE *f);
void matrix_html_write(const struct matrix *m, FILE *f);
void matrix_text_write(const struct matrix *m, FILE *f);
/* In the form of configs/bugs/expected-<version> (proof.h). */
void matrix_expected_write(const struct matrix *m, FILE *f);
#endif
