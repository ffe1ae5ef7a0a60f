// SPDX-License-Identifier: GPL-2.0-only
/* The lab without kernels: headers of bugs, blame for a failed build, the matrix and its
 * proofs. */
#include "mmguard/bugs.h"
#include "mmguard/matrix.h"
#include "mmguard/proof.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>

#define N(v) (sizeof(v) / sizeof((v)[0]))

static struct result zero_results[] = {
	{ .name = "a.p.one.x", .verdict = V_PASS, .reason = "" },
	{ .name = "a.p.one.y", .verdict = V_PASS, .reason = "" },
	{ .name = "a.p.two", .verdict = V_FAIL, .reason = "always" },
	{ .name = "a.p.three", .verdict = V_SKIP, .reason = "no swap" },
	{ .name = "a.p.four", .verdict = V_PASS, .reason = "" },
	{ .name = "a.p.five", .verdict = V_PASS, .reason = "" },
	{ .name = "a.p.six", .verdict = V_PASS, .reason = "" },
	{ .name = "a.p.seven", .verdict = V_STUCK, .reason = "stuck" },
	{ .name = "a.p", .verdict = V_LEAK, .reason = "pool", .whole = true },
};

/* a.p.seven was not run again. */
static struct result bug_results[] = {
	{ .name = "a.p.one.x", .verdict = V_PASS, .reason = "" },
	{ .name = "a.p.one.y", .verdict = V_FAIL, .reason = "reserved 4, found 8" },
	{ .name = "a.p.two", .verdict = V_FAIL, .reason = "always" },
	{ .name = "a.p.three", .verdict = V_FAIL, .reason = "new" },
	{ .name = "a.p.four", .verdict = V_FAIL, .reason = "killed by signal 9" },
	{ .name = "a.p.five", .verdict = V_MISSING, .reason = "" },
	{ .name = "a.p.six", .verdict = V_BROKEN, .reason = "mmap" },
	{ .name = "a.p", .verdict = V_LEAK, .reason = "pool", .whole = true },
	{ .name = "a.p", .verdict = V_DIRTY, .reason = "WARNING", .whole = true },
};

static const char golden[] = "a.p.one assertion 1/2 [reserved 4, found 8]\n"
			     "a.p.two fails-with-0 0/1 [always]\n"
			     "a.p.three not-run 0/1 []\n"
			     "a.p.four crash 1/1 [killed by signal 9]\n"
			     "a.p.five not-run 0/1 []\n"
			     "a.p.six broken 0/1 [mmap]\n"
			     "a.p log 1/2 [WARNING]\n"
			     "a.p.seven fails-with-0 0/1 [stuck]\n";

static char *cells_text(const struct matrix_row *r)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < r->n; i++) {
		const struct matrix_cell *c = &r->v[i];
		char *longer = xasprintf("%s%s %s %u/%u [%s]\n", text, c->scenario,
					 how_name(c->how), c->caught, c->cases, c->reason);

		free(text);
		text = longer;
	}
	return text;
}

static void write_and_check(struct unit *u, struct matrix *m,
			    void (*fn)(const struct matrix *, FILE *), const char *name,
			    const char *const parts[])
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool ok = true;

	fn(m, f);
	fclose(f);
	for (; *parts; parts++) {
		if (strstr(text, *parts))
			continue;
		printf("# %s lacks: %s\n", name, *parts);
		ok = false;
	}
	check(u, ok, "matrix.%s", name);
	free(text);
}

#define EXPECTED                                                                       \
	"# comment\n7 x assertion a.p.one\n8 y assertion a.p.one\n9 z crash a.q.two\n" \
	"10 w missed\n"

static void proofs(struct unit *u, const struct matrix *m)
{
	struct proofs p = { 0 };
	char *text = NULL;
	size_t len, lost;
	FILE *f = open_memstream(&text, &len);

	check(u, !proofs_parse(&p, EXPECTED, "e") && p.n == 4, "proofs.parse");
	check(u, proofs_has(&p, "a.p.one") && !proofs_has(&p, "a.p"), "proofs.has");
	lost = proofs_compare(&p, m, f);
	fclose(f);
	check(u, lost == 1 && !strcmp(text, "LOST bug 8 y: expected assertion, found missed\n"),
	      "proofs.compare");
	proofs_free(&p);
	free(text);
	check(u, proofs_parse(&p, "7 x\n", "e") == -1, "proofs.short_line");
	proofs_free(&p);
	check(u, proofs_parse(&p, "7 x guessed a\n", "e") == -1, "proofs.unknown_word");
	proofs_free(&p);
}

static void matrix(struct unit *u)
{
	struct program_report zp = { .name = (char *)"a.p",
				     .v = zero_results,
				     .n = N(zero_results) };
	struct program_report bp = { .name = (char *)"a.p",
				     .v = bug_results,
				     .n = N(bug_results) };
	struct report zero = { .v = &zp, .n = 1 }, bug = { .v = &bp, .n = 1 };
	struct bug seven = { .name = "x", .area = "a", .number = 7, .breaks = "b<" };
	struct bug eight = { .name = "y", .area = "a", .number = 8, .breaks = "b" };
	struct bug nine = { .name = "z", .area = "a", .number = 9, .breaks = "b" };
	struct matrix m = { .version = xstrdup("6.1"), .release = xstrdup("6.1.9") };
	struct report dead = { .facts.lost[1] = (char *)"the guest did not come up" };
	char *text;

	matrix_columns(&m, &zero);
	matrix_compare(matrix_add(&m, &seven), &zero, &bug);
	matrix_compare(matrix_add(&m, &eight), &zero, &zero);
	matrix_compare(matrix_add(&m, &nine), &zero, &dead);
	text = cells_text(&m.v[0]);
	if (strcmp(text, golden))
		printf("# found:\n%s", text);
	check(u, !strcmp(text, golden), "matrix.cells");
	free(text);
	check(u,
	      matrix_zero_fails(&zero, "a.p.seven") && matrix_zero_fails(&zero, "a.p.two") &&
		      !matrix_zero_fails(&zero, "a.p.three") &&
		      !matrix_zero_fails(&zero, "a.p.one.x"),
	      "matrix.zero_fails");
	check(u, m.v[0].how == HOW_ASSERTION, "matrix.caught");
	check(u, m.v[1].how == HOW_PASSED, "matrix.same_as_zero_is_missed");
	check(u, m.v[2].how == HOW_CRASH, "matrix.does_not_boot");
	check(u, m.ncolumns == 7, "matrix.columns_fold_kinds");
	write_and_check(u, &m, matrix_expected_write, "expected",
			(const char *const[]){ "7 x assertion a.p.one\n", "8 y missed\n",
					       "9 z crash\n", NULL });
	write_and_check(u, &m, matrix_html_write, "html",
			(const char *const[]){ "b&lt;", "reserved 4, found 8",
					       "<b>1</b> missed", NULL });
	write_and_check(u, &m, matrix_json_write, "json",
			(const char *const[]){ "\"how\": \"fails-with-0\"", "\"caught\": 1",
					       NULL });
	write_and_check(u, &m, matrix_text_write, "text",
			(const char *const[]){ "3 bugs: 1 caught by an assertion, 1 by crash",
					       "2 fail with 0 already", NULL });
	proofs(u, &m);
	matrix_free(&m);
}

int main(void)
{
	struct unit u = { 0 };

	matrix(&u);
	return unit_end(&u);
}
