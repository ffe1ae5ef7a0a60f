/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a line of the kernel log to the title and the fingerprint of a complaint.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "klog.h"
#include "klog_title.h"

/* Skips "[   12.345678]", "[  T12]", "<4>" and "4,12,345,-;" in front of the text. */
const char *klog_text(const char *s)
{
	const char *semi = s + strspn(s, "0123456789,");

	if (*semi == '-' || *semi == 'c' || *semi == '+')
		semi++;
	if (semi > s && *semi != ';' && *semi == ',') /* caller= and the like follow */
		semi = strchr(semi, ';') ? strchr(semi, ';') : semi;
	if (semi > s && *semi == ';')
		s = semi + 1;
	for (;;) {
		size_t n;

		s += strspn(s, " ");
		if (*s == '<' && isdigit((unsigned char)s[1]) && strchr(s, '>'))
			n = strcspn(s, ">");
		else if (*s == '[' && (n = strspn(s + 1, " .0123456789TC") + 1) && s[n] == ']')
			;
		else
			return s;
		s += n + 1;
	}
}

/* Copies @text without what differs between two runs: numbers become 'N'. */
static void strip_numbers(const char *text, char *out, size_t len)
{
	size_t o = 0;

	for (const char *p = text; *p && o + 2 < len;) {
		const char *q = p;
		bool start = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');

		if (start && q[0] == '0' && q[1] == 'x')
			q += 2 + strspn(q + 2, "0123456789abcdefABCDEF");
		else if (start && strspn(q, "0123456789abcdef") >= 8)
			q += strspn(q, "0123456789abcdef");
		else if (start &&
			 (isdigit((unsigned char)*q) || (p > text && strchr(":=", p[-1]))))
			q += strspn(q, "0123456789abcdefABCDEF");
		if (q == p)
			out[o++] = *p++;
		else
			out[o++] = 'N', p = q;
	}
	out[o] = '\0';
}

/* Copies the word that holds @at, without a trailing comma. */
static void word_at(const char *text, const char *at, char *out, size_t len)
{
	const char *from = at;
	size_t n;

	while (from > text && !strchr(" \t", from[-1]))
		from--;
	n = strcspn(from, " \t,");
	snprintf(out, len, "%.*s", (int)n, from);
}

/*
 * "WARNING: CPU: 1 PID: 2 at mm/a.c:3 f+0x4/0x5" of old kernels and "WARNING:
 * mm/a.c:3 at f+0x4/0x5, CPU#1: x/2" of new ones become "WARNING: mm/a.c:3 f".
 */
static bool warning_title(const char *text, char *out, size_t len)
{
	const char *file = strstr(text, ".c:");
	const char *func = strstr(text, "+0x");
	char where[96], what[96];

	if (!file)
		file = strstr(text, ".h:");
	if (!file || !func || strncmp(text, "WARNING: ", 9))
		return false;
	word_at(text, file, where, sizeof(where));
	word_at(text, func, what, sizeof(what));
	what[strcspn(what, "+")] = '\0';
	snprintf(out, len, "WARNING: %.90s %.90s", where, what);
	return true;
}

static void hash_hex(const char *s, char out[17])
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	snprintf(out, 17, "%016llx", (unsigned long long)h);
}

static void set_fingerprint(struct klog_hit *hit)
{
	char bare[sizeof(hit->title)];

	strip_numbers(hit->title, bare, sizeof(bare));
	hash_hex(bare, hit->fingerprint);
}

void klog_title(const char *text, struct klog_hit *hit)
{
	size_t n;

	if (!warning_title(text, hit->title, sizeof(hit->title)))
		snprintf(hit->title, sizeof(hit->title), "%.190s", text);
	for (n = strlen(hit->title); n && strchr(" \r\n", hit->title[n - 1]); n--)
		hit->title[n - 1] = '\0';
	set_fingerprint(hit);
}

bool klog_waits(const struct klog_hit *hit)
{
	return hit->kind == KLOG_OOPS || !strncmp(hit->title, "kernel BUG at ", 14);
}

/* The instruction that faulted, by the names that machines have for it. */
static const char *faulting(const char *text)
{
	static const char *const names[] = { "RIP: ", "pc : ", "epc : ", "NIP [", "PC is at " };

	/* The other one is that of the program that made the system call. */
	if (!strncmp(text, "RIP: 0033:", 10))
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(text, names[i], strlen(names[i])))
			return strstr(text, "+0x");
	return NULL;
}

bool klog_where(const char *line, struct klog_hit *hit)
{
	const char *text = klog_text(line), *at = faulting(text);
	char word[96], title[sizeof(hit->title)];
	const char *func;

	if (!at || !klog_waits(hit))
		return false;
	word_at(text, at, word, sizeof(word));
	func = strrchr(word, ':') ? strrchr(word, ':') + 1 : word;
	/* Not the offset, nor what a compiler appends: ".cold", ".isra.0". */
	snprintf(title, sizeof(title), "%.120s in %.*s", hit->title, (int)strcspn(func, "+."),
		 func);
	strcpy(hit->title, title);
	set_fingerprint(hit);
	return true;
}
