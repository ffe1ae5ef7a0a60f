// SPDX-License-Identifier: GPL-2.0-only
/* What may stand in XML 1.0, byte by byte. */
#include "mmguard/report.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>

#define BAD "\xef\xbf\xbd"

static bool becomes(const char *in, const char *want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool ok;

	xml_text(f, in, 1000);
	fclose(f);
	ok = !strcmp(text, want);
	if (!ok)
		printf("# fail: expected \"%s\", found \"%s\"\n", want, text);
	free(text);
	return ok;
}

int main(void)
{
	static const struct {
		const char *name, *in, *want;
	} t[] = {
		{ "markup", "<a href=\"x\">&</a>",
		  "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;" },
		{ "white space stays", "a\tb\nc", "a\tb\nc" },
		{ "controls", "a\x01\x08\x1b[0m", "a" BAD BAD BAD "[0m" },
		{ "good UTF-8", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "bad UTF-8", "\xff\xc0\x80", BAD BAD BAD },
		{ "cut UTF-8", "a\xe2\x82", "a" BAD BAD },
		{ "surrogate", "\xed\xa0\x80", BAD BAD BAD },
		{ "U+FFFE", "\xef\xbf\xbe", BAD BAD BAD },
		{ "end of CDATA", "]]>", "]]&gt;" },
	};
	struct unit c = { 0 };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check(&c, becomes(t[i].in, t[i].want), "%s", t[i].name);
	return unit_end(&c);
}
