// SPDX-License-Identifier: GPL-2.0-only
/* Kernel versions compare by numbers, only as deep as the range writes them. */
#include "kver.h"
#include "util.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Parses and returns where it stopped, NULL when there is no number. */
static const char *parse(const char *s, struct kver *v)
{
	char *end;

	memset(v, 0, sizeof(*v));
	while (v->n < 3 && isdigit((unsigned char)*s)) {
		v->part[v->n++] = (unsigned int)strtoul(s, &end, 10);
		s = end;
		if (s[0] != '.' || !isdigit((unsigned char)s[1]))
			break;
		s++;
	}
	return v->n ? s : NULL;
}

bool kver_parse(const char *s, struct kver *v)
{
	return parse(s, v) != NULL;
}

/* Compare as deep as @bound is written. */
static int compare(const struct kver *v, const struct kver *bound)
{
	for (unsigned int i = 0; i < bound->n; i++)
		if (v->part[i] != bound->part[i])
			return v->part[i] < bound->part[i] ? -1 : 1;
	return 0;
}

struct range {
	struct kver low, high;
	bool has_low, has_high;
};

static bool parse_range(const char *s, struct range *r)
{
	const char *end = s;

	memset(r, 0, sizeof(*r));
	if (strncmp(s, "..", 2)) {
		end = parse(s, &r->low);
		r->has_low = end != NULL;
		if (!end)
			return false;
		if (!*end) {
			r->high = r->low;
			r->has_high = true;
			return true;
		}
		if (strncmp(end, "..", 2))
			return false;
	}
	end += 2;
	if (!*end)
		return r->has_low;
	end = parse(end, &r->high);
	r->has_high = end != NULL;
	return end && !*end;
}

char *kver_source(const char *release, const char *banner)
{
	const char *debian = banner ? strstr(banner, " Debian ") : NULL;
	struct kver v;

	if (debian && kver_parse(debian + strlen(" Debian "), &v) && v.n == 3)
		return xasprintf("%u.%u.%u", v.part[0], v.part[1], v.part[2]);
	return xstrdup(release);
}

bool kver_range_valid(const char *range)
{
	struct range r;

	return parse_range(range, &r);
}

bool kver_in_range(const char *release, const char *range)
{
	struct kver v;
	struct range r;

	if (!kver_parse(release, &v) || !parse_range(range, &r))
		return false;
	return (!r.has_low || compare(&v, &r.low) >= 0) &&
	       (!r.has_high || compare(&v, &r.high) <= 0);
}
