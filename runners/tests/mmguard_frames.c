// SPDX-License-Identifier: GPL-2.0-only
/* The frame decoder against cut, false and hostile streams; the console of a dead guest;
 * mirrors. */
#include "mmguard/apt.h"
#include "mmguard/console.h"
#include "mmguard/frames.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>

struct got {
	char *text; /* path=data; for each frame */
};

static void on_frame(void *ctx, const char *path, const char *data, size_t len)
{
	struct got *g = ctx;
	char *longer = xasprintf("%s%s=%.*s;", g->text, path, (int)len, data);

	free(g->text);
	g->text = longer;
}

/* Feeds @len bytes of @in in pieces of @step and compares what came out. */
static bool decodes(const char *in, size_t len, size_t step, const char *want)
{
	struct got g = { xstrdup("") };
	struct frames f;
	bool same;

	frames_init(&f, on_frame, &g);
	for (size_t i = 0; i < len; i += step)
		frames_feed(&f, in + i, len - i < step ? len - i : step);
	same = !strcmp(g.text, want);
	if (!same)
		printf("# fail: expected \"%s\", found \"%s\"\n", want, g.text);
	frames_free(&f);
	free(g.text);
	return same;
}

static void test_streams(struct unit *c)
{
	static const struct {
		const char *name, *in, *want;
	} t[] = {
		{ "one frame", "@journal.jsonl 3\nabc\n", "journal.jsonl=abc;" },
		{ "heartbeat", "@- 0\n\n", "-=;" },
		{ "data with newlines and @", "@a/b/c 6\n@x 1\na\n@- 0\n\n",
		  "a/b/c=@x 1\na;-=;" },
		{ "garbage before", "boot noise\n\n@@@a 1\nx\n", "a=x;" },
		{ "garbage between", "@a 1\nx\nnoise@b 1\ny\n", "a=x;b=y;" },
		{ "cut frame at the end", "@a 1\nx\n@b 100\nshort", "a=x;" },
		{ "cut header at the end", "@a 1\nx\n@b 1", "a=x;" },
		{ "wrong end mark, then a good one", "@a 2\nxyz@b 1\ny\n", "b=y;" },
		{ "path goes up", "@../x 1\na\n@b 1\ny\n", "b=y;" },
		{ "absolute path", "@/etc/x 1\na\n@b 1\ny\n", "b=y;" },
		{ "hidden file", "@a/.x 1\na\n@b 1\ny\n", "b=y;" },
		{ "path too deep", "@a/b/c/d 1\na\n@b 1\ny\n", "b=y;" },
		{ "empty component", "@a//b 1\na\n@b 1\ny\n", "b=y;" },
		{ "length too big", "@a 99999999\nx\n@b 1\ny\n", "b=y;" },
		{ "length is no number", "@a -1\nx\n@b 1\ny\n", "b=y;" },
		{ "length is missing", "@a \nx\n@b 1\ny\n", "b=y;" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t len = strlen(t[i].in);

		check(c, decodes(t[i].in, len, len, t[i].want), "%s", t[i].name);
		check(c, decodes(t[i].in, len, 1, t[i].want), "%s, byte by byte", t[i].name);
	}
	check(c, decodes("@a\0b 1\nx\n@b 1\ny\n", 16, 3, "b=y;"), "NUL in a path");
}

/* Bytes of a fixed generator: whatever they are, memory stays bounded and a good frame is still
 * found. */
static void test_noise(struct unit *c)
{
	struct got g = { xstrdup("") };
	struct frames f;
	unsigned int seed = 1;
	char buf[1000];
	size_t most = 0;

	frames_init(&f, on_frame, &g);
	for (int i = 0; i < 2000; i++) {
		for (size_t j = 0; j < sizeof(buf); j++) {
			seed = seed * 1103515245u + 12345u;
			buf[j] = (char)(seed >> 16);
		}
		frames_feed(&f, buf, sizeof(buf));
		most = frames_pending(&f) > most ? frames_pending(&f) : most;
	}
	check(c, most <= FRAME_MAX + 1000, "noise is not kept");
	frames_feed(&f, "\n@good 2\nok\n", 12);
	check(c, strstr(g.text, "good=ok;") != NULL, "a frame after 2 MB of noise");
	frames_free(&f);
	free(g.text);
}

static bool cause_is(const char *text, const char *part)
{
	char *cause = console_cause(text);
	bool ok = strstr(cause, part) != NULL;

	if (!ok)
		printf("# fail: expected \"%s\" in \"%s\"\n", part, cause);
	free(cause);
	return ok;
}

static void test_console(struct unit *c)
{
	check(c,
	      cause_is("[ 1.0] hello\n[ 2.0] Kernel panic - not syncing: out of luck\n[ 2.1] "
		       "end\n",
		       "out of luck"),
	      "panic");
	check(c,
	      cause_is("[ 2.0] BUG: kernel NULL pointer dereference, address: "
		       "0000000000000008\n[ 2.0] #PF\n"
		       "[ 2.1] Kernel panic - not syncing: Fatal exception\n",
		       "NULL pointer"),
	      "what led to the panic");
	check(c, cause_is("one\ntwo\n\n", "two"), "the last line");
	check(c, cause_is("", "empty"), "no console");
}

static void test_mirrors(struct unit *c)
{
	struct apt_mirrors m = { 0 };

	apt_mirrors_parse(&m, "# deb http://no/debian x\ndeb [arch=amd64 signed-by=/k] "
			      "http://a.b/debian/ s main\n"
			      "deb http://other/repo s main\ndeb http://a.b/debian-security "
			      "s-security main\n");
	check(c, m.main && !strcmp(m.main, "http://a.b/debian"), "one-line format");
	check(c, m.security && !strcmp(m.security, "http://a.b/debian-security"),
	      "security archive");
	apt_mirrors_free(&m);
	apt_mirrors_parse(&m,
			  "Types: deb\nURIs: https://other.org/x http://m/debian\nSuites: s\n");
	check(c, m.main && !strcmp(m.main, "http://m/debian") && !m.security, "deb822 format");
	apt_mirrors_free(&m);
}

int main(void)
{
	struct unit c = { 0 };

	test_streams(&c);
	test_noise(&c);
	test_console(&c);
	test_mirrors(&c);
	return unit_end(&c);
}
