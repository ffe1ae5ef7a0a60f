// SPDX-License-Identifier: GPL-2.0-only
/* The values of the options of "mmguard run". */
#include "optionvalues.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void value_string(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

const char *value_target(struct run_options *o, const char *value)
{
	const char *host = !strncmp(value, "ssh:", 4) ? value + 4 : NULL;

	if (host && !strncmp(host, "//", 2))
		host = value;
	o->vm = !strcmp(value, "vm");
	free(o->ssh);
	o->ssh = host ? xstrdup(host) : NULL;
	if (host && (!*host || *host == '-' || strpbrk(host, " \t\n")))
		return "names no machine that ssh can reach";
	return host || o->vm || !strcmp(value, "host") ? NULL : "is host, vm or ssh:HOST";
}

/* Digits and nothing else: strtoul() would take a sign and blanks as well. */
static bool number(unsigned long *n, const char *value, unsigned long min, unsigned long max)
{
	char *end;

	*n = strtoul(value, &end, 10);
	return isdigit((unsigned char)*value) && !*end && *n >= min && *n <= max;
}

const char *value_wait(unsigned long *seconds, const char *value)
{
	return number(seconds, value, 1, 86400) ? NULL
						: "is a number of seconds from 1 to 86400";
}

const char *value_seconds(unsigned long *seconds, const char *value)
{
	return number(seconds, value, 1, 30ul * 86400)
		       ? NULL
		       : "is a number of seconds from 1 to 2592000";
}

const char *value_memory(unsigned long *mib, const char *value)
{
	static const char wrong[] = "is a size such as 3G or 2048M, at least 256M";
	char *end;
	unsigned long n = strtoul(value, &end, 10);
	bool giga = *end == 'G' || *end == 'g';

	if (!isdigit((unsigned char)*value) || (*end && !giga && *end != 'M' && *end != 'm') ||
	    (*end && end[1]))
		return wrong;
	*mib = giga ? n * 1024 : n;
	return n < (1ul << 24) && *mib >= 256 && *mib <= (1ul << 24) ? NULL : wrong;
}

const char *value_nodes(unsigned long *nodes, const char *value)
{
	return number(nodes, value, 1, 8) ? NULL : "is a number from 1 to 8";
}

const char *value_crashes(unsigned int *crashes, const char *value)
{
	unsigned long n;
	bool good = number(&n, value, 1, 1000);

	*crashes = (unsigned int)n;
	return good ? NULL : "is a number from 1 to 1000";
}

const char *value_slow(double *slow, const char *value)
{
	char *end;

	*slow = strtod(value, &end);
	return isdigit((unsigned char)*value) && !*end && isfinite(*slow) && *slow >= 1 &&
			       *slow <= 1000
		       ? NULL
		       : "is a factor from 1 to 1000";
}

const char *value_accel(char **accel, const char *value)
{
	if (strcmp(value, "tcg") && strcmp(value, "kvm"))
		return "is tcg or kvm";
	value_string(accel, value);
	return NULL;
}

const char *value_from(char **from, const char *value)
{
	struct stat st;

	free(*from);
	*from = realpath(value, NULL);
	return *from && !stat(*from, &st) && S_ISDIR(st.st_mode) && (*from)[1]
		       ? NULL
		       : "is no directory";
}
