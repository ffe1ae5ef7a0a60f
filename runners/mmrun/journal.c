/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal: one JSON object a line, each on the disk before the next step.
 */
#include <stdarg.h>
#include <stdio.h>
#include "mmrun.h"

const char *json_quote(const char *text, char *buf, size_t len)
{
	size_t o = 0;

	for (const char *p = text; *p && o + 8 < len; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\') {
			buf[o++] = '\\';
			buf[o++] = *p;
		} else if (c < ' ' || c >= 0x7f) {
			o += (size_t)snprintf(buf + o, len - o, "\\u%04x", c);
		} else {
			buf[o++] = *p;
		}
	}
	buf[o] = '\0';
	return buf;
}

void journal_event(struct sink *s, const char *event, const char *format, ...)
{
	struct sink_file f;
	char line[2048], members[1900];
	va_list ap;
	int n;

	va_start(ap, format);
	vsnprintf(members, sizeof(members), format, ap);
	va_end(ap);
	n = snprintf(line, sizeof(line), "{\"event\":\"%.40s\"%s,\"time\":%.3f}\n", event,
		     members, wall_time());
	sink_name(s, &f, NULL, MMG_JOURNAL);
	f.fd = s->journal;
	sink_append(s, &f, line, (size_t)n);
	sink_sync(s, &f);
}
