/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparing two snapshots of machine state.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "protocol.h"
#include "state.h"

struct line {
	const char *next; /* the text behind it, NULL at the end */
	char key[STATE_KEY_MAX];
	char value[STATE_VALUE_MAX];
};

static void copy(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

static void advance(struct line *l)
{
	const char *at = l->next;
	size_t len, key;

	if (!at || !*at) {
		l->next = NULL;
		return;
	}
	len = strcspn(at, "\n");
	key = strcspn(at, " \n");
	copy(l->key, sizeof(l->key), at, key);
	copy(l->value, sizeof(l->value), at + key + (key < len), len - key - (key < len));
	l->next = at + len + (at[len] == '\n');
}

/* The number behind "KEY " at the start of a line, 0 when there is none. */
static long number(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, key, len) && at[len] == ' ')
			return strtol(at + len, NULL, 10);
	}
	return 0;
}

static long growth(const char *before, const char *after, const char *key)
{
	return number(after, key) - number(before, key);
}

static bool beyond_margin(const char *key, const char *before, const char *after)
{
	long margin = number(before, "memory.margin");
	long held = growth(before, after, "memory.held");

	if (!strcmp(key, "memory.Committed_AS"))
		return growth(before, after, key) > margin;
	return -growth(before, after, key) - (held > 0 ? held : 0) > margin;
}

/* Is a difference of this key a leak? */
static bool counts(const char *key, const char *before, const char *after, bool gone)
{
	if (!strncmp(key, "shm.", 4))
		return !gone;
	if (!strcmp(key, "memory.MemAvailable") || !strcmp(key, "memory.Committed_AS"))
		return beyond_margin(key, before, after);
	return strcmp(key, "memory.margin") && strcmp(key, "memory.held") &&
	       strcmp(key, "memory.movable") && strcmp(key, "kernel.tainted");
}

int state_compare(const char *before, const char *after, state_cb *cb, void *arg)
{
	struct line a = { .next = before }, b = { .next = after };
	int changes = 0;

	advance(&a);
	advance(&b);
	while (a.next || b.next) {
		int order = !a.next ? 1 : !b.next ? -1 : strcmp(a.key, b.key);
		const char *key = order <= 0 ? a.key : b.key;
		const char *was = order <= 0 ? a.value : STATE_NONE;
		const char *is = order >= 0 ? b.value : STATE_NONE;

		if (strcmp(was, is) && counts(key, before, after, order < 0)) {
			changes++;
			if (cb)
				cb(key, was, is, arg);
		}
		if (order <= 0)
			advance(&a);
		if (order >= 0)
			advance(&b);
	}
	return changes;
}

/* The whole file, to be freed; NULL when it does not exist. */
static char *read_text(const char *dir, const char *name, const char *suffix)
{
	char path[4096], *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	f = fopen(path, "re");
	if (f && getdelim(&text, &size, '\0', f) < 0 && text)
		text[0] = '\0';
	if (f)
		fclose(f);
	return text;
}

struct notes {
	char *out;
	size_t len, used;
	const char *given; /* text of given-back, or NULL */
};

/* What given-back says of a key: the rest of its line. */
static const char *fate(const char *given, const char *key, char *buf, size_t len)
{
	struct line l = { .next = given };

	for (advance(&l); l.next; advance(&l))
		if (!strcmp(l.key, key)) {
			snprintf(buf, len, " (%.200s)", l.value);
			return buf;
		}
	return "";
}

static void note(const char *key, const char *before, const char *after, void *arg)
{
	struct notes *n = arg;
	char buf[256];
	int more;

	if (n->used + 1 >= n->len)
		return;
	more = snprintf(n->out + n->used, n->len - n->used, "%s%s: %s -> %s%s",
			n->used ? "; " : "", key, before, after,
			fate(n->given, key, buf, sizeof(buf)));
	n->used += (size_t)more;
}

int state_diff(const char *dir, const char *suffix, char *out, size_t outlen)
{
	char *before = read_text(dir, MMG_STATE_BEFORE, suffix);
	char *after = read_text(dir, MMG_STATE_AFTER, suffix);
	char *given = read_text(dir, MMG_GIVEN_BACK, suffix);
	struct notes n = { out, outlen, 0, given };
	int changes = 0;

	if (outlen)
		out[0] = '\0';
	if (before && after)
		changes = state_compare(before, after, note, &n);
	free(before);
	free(after);
	free(given);
	return changes;
}

unsigned long state_new_taint(const char *dir, const char *suffix)
{
	char *before = read_text(dir, MMG_STATE_BEFORE, suffix);
	char *after = read_text(dir, MMG_STATE_AFTER, suffix);
	unsigned long fresh = 0;

	if (before && after && strstr(before, "kernel.tainted "))
		fresh = (unsigned long)number(after, "kernel.tainted") &
			~(unsigned long)number(before, "kernel.tainted");
	free(before);
	free(after);
	return fresh;
}

const char *state_taint_letters(unsigned long bits, char *buf, size_t len)
{
	static const char letters[] = "PFSRMBUDAWCIOELKXTNJ";
	size_t used = 0;

	for (size_t i = 0; i < 64 && used + 1 < len; i++)
		if (bits >> i & 1)
			buf[used++] = i < sizeof(letters) - 1 ? letters[i] : '?';
	buf[used] = '\0';
	return buf;
}
