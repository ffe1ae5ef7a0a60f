/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel log classification: telling lines, titles and fingerprints.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "klog.h"

struct pattern {
	const char *text;
	enum klog_kind kind;
	bool anywhere; /* else only at the start of the text */
};

/* The first match wins: the narrow ones stand before the wide ones. */
static const struct pattern patterns[] = {
	{ "Kernel panic - not syncing", KLOG_PANIC, false },
	{ "BUG: KASAN:", KLOG_KASAN, false },
	{ "BUG: KFENCE:", KLOG_KASAN, false },
	{ "BUG: KCSAN:", KLOG_KASAN, false },
	{ "BUG: KMSAN:", KLOG_KASAN, false },
	{ "new suspected memory leaks", KLOG_KASAN, true },
	{ "kmemleak: ", KLOG_NONE, false },
	{ "BUG: Bad page", KLOG_PAGE, false },
	{ "BUG: Bad rss-counter state", KLOG_PAGE, false },
	{ "BUG: non-zero pgtables_bytes", KLOG_PAGE, false },
	{ "BUG: soft lockup", KLOG_SLOW, true },
	{ "BUG: workqueue lockup", KLOG_SLOW, false },
	{ "Watchdog detected hard LOCKUP", KLOG_SLOW, true },
	{ "detected stall", KLOG_SLOW, true },
	{ "self-detected stall", KLOG_SLOW, true },
	{ "detected expedited stalls", KLOG_SLOW, true },
	{ "kthread starved for", KLOG_SLOW, true },
	{ "blocked for more than", KLOG_HUNG, true },
	{ "BUG: unable to handle", KLOG_OOPS, false },
	{ "BUG: kernel NULL pointer", KLOG_OOPS, false },
	{ "Unable to handle kernel", KLOG_OOPS, false },
	{ "general protection fault", KLOG_OOPS, false },
	{ "Oops: ", KLOG_OOPS, false },
	{ "Internal error: ", KLOG_OOPS, false },
	{ "stack segment: ", KLOG_OOPS, false },
	{ "invalid opcode: ", KLOG_OOPS, false },
	{ "kernel BUG at ", KLOG_BUG, false },
	{ "divide error: ", KLOG_OOPS, false },
	{ "double fault: ", KLOG_OOPS, false },
	{ "CFI failure at ", KLOG_OOPS, false },
	{ "BUG: ", KLOG_BUG, false },
	/* The slab allocator names the cache: "BUG kmalloc-64 (Not tainted): Poison
	   overwritten". */
	{ "BUG ", KLOG_LIST, false },
	{ "INFO: trying to register non-static key", KLOG_LOCKDEP, false },
	{ "WARNING: possible circular locking", KLOG_LOCKDEP, false },
	{ "WARNING: possible recursive locking", KLOG_LOCKDEP, false },
	{ "WARNING: possible irq lock inversion", KLOG_LOCKDEP, false },
	{ "WARNING: inconsistent lock state", KLOG_LOCKDEP, false },
	{ "WARNING: suspicious RCU usage", KLOG_LOCKDEP, false },
	{ "WARNING: bad unlock balance", KLOG_LOCKDEP, false },
	{ "WARNING: held lock freed", KLOG_LOCKDEP, false },
	{ "WARNING: ", KLOG_WARNING, false },
	{ "list_add corruption", KLOG_LIST, true },
	{ "list_del corruption", KLOG_LIST, true },
	{ "refcount_t: ", KLOG_LIST, false },
	{ "UBSAN: ", KLOG_UBSAN, false },
	{ "page allocation failure: order:0", KLOG_PAGE, true },
	{ "Trying to vfree() ", KLOG_BUG, false },
};

const char *klog_kind_name(enum klog_kind kind)
{
	static const char *const names[] = { "none",	    "warning",	 "bug",
					     "oops",	    "panic",	 "kasan",
					     "lockdep",	    "hung task", "page",
					     "list",	    "ubsan",	 "lost records",
					     "slow machine" };

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

bool klog_dirty(enum klog_kind kind, double slow, bool stuck)
{
	if (kind == KLOG_SLOW)
		return slow <= 1;
	if (kind == KLOG_HUNG)
		return slow <= 1 && !stuck;
	return kind != KLOG_NONE;
}

/* Skips "[   12.345678]", "[  T12]", "<4>" and "4,12,345,-;" in front of the text. */
static const char *skip_prefix(const char *s)
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

static void make_title(const char *text, struct klog_hit *hit)
{
	char bare[sizeof(hit->title)];
	size_t n;

	if (!warning_title(text, hit->title, sizeof(hit->title)))
		snprintf(hit->title, sizeof(hit->title), "%.190s", text);
	for (n = strlen(hit->title); n && strchr(" \r\n", hit->title[n - 1]); n--)
		hit->title[n - 1] = '\0';
	strip_numbers(hit->title, bare, sizeof(bare));
	hash_hex(bare, hit->fingerprint);
}

enum klog_kind klog_classify(const char *line, struct klog_hit *hit)
{
	const char *text = skip_prefix(line);

	hit->kind = KLOG_NONE;
	/* Records of user space have a facility: whoever may write can say anything. */
	if (text > line && line[strspn(line, "0123456789")] == ',' && atoi(line) > 7)
		return KLOG_NONE;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const struct pattern *p = &patterns[i];

		if (p->anywhere ? !strstr(text, p->text)
				: strncmp(text, p->text, strlen(p->text)))
			continue;
		hit->kind = p->kind;
		if (p->kind != KLOG_NONE)
			make_title(text, hit);
		return p->kind;
	}
	hit->kind = KLOG_NONE;
	return KLOG_NONE;
}
