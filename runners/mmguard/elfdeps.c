// SPDX-License-Identifier: GPL-2.0-only
/* elf(5) and ld.so(8): the interpreter, DT_NEEDED, and where the loader looks for them. */
#include "elfdeps.h"

#include <elf.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  (64u << 20)
#define COUNT_MAX 4096

struct image {
	const char *data;
	size_t size;
	bool wide; /* 64 bit */
	uint64_t phoff;
	unsigned int phentsize, phnum;
};

struct segment {
	uint64_t type, offset, address, size;
};

/* A number of this machine's byte order; 0 outside the file. */
static uint64_t number(const struct image *m, uint64_t at, unsigned int len)
{
	uint64_t v8 = 0;
	uint32_t v4;
	uint16_t v2;

	if (at > m->size || len > m->size - at)
		return 0;
	if (len == 2) {
		memcpy(&v2, m->data + at, 2);
		return v2;
	}
	if (len == 4) {
		memcpy(&v4, m->data + at, 4);
		return v4;
	}
	memcpy(&v8, m->data + at, 8);
	return v8;
}

static bool read_header(struct image *m)
{
	const uint16_t one = 1;
	int order = *(const char *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	if (m->size < sizeof(Elf32_Ehdr) || memcmp(m->data, ELFMAG, SELFMAG) ||
	    m->data[EI_DATA] != order)
		return false;
	m->wide = m->data[EI_CLASS] == ELFCLASS64;
	m->phoff = number(m, m->wide ? 32 : 28, m->wide ? 8 : 4);
	m->phentsize = (unsigned int)number(m, m->wide ? 54 : 42, 2);
	m->phnum = (unsigned int)number(m, m->wide ? 56 : 44, 2);
	return m->phnum < COUNT_MAX;
}

static struct segment segment(const struct image *m, unsigned int i)
{
	uint64_t at = m->phoff + (uint64_t)i * m->phentsize;

	if (m->wide)
		return (struct segment){ number(m, at, 4), number(m, at + 8, 8),
					 number(m, at + 16, 8), number(m, at + 32, 8) };
	return (struct segment){ number(m, at, 4), number(m, at + 4, 4), number(m, at + 8, 4),
				 number(m, at + 16, 4) };
}

/* The string at a place in the file, NULL when it does not end in it; the caller frees. */
static char *text_at(const struct image *m, uint64_t at)
{
	if (at >= m->size || !memchr(m->data + at, '\0', m->size - at))
		return NULL;
	return xstrdup(m->data + at);
}

/* Where an address of the running program lies in the file. */
static uint64_t file_offset(const struct image *m, uint64_t address)
{
	for (unsigned int i = 0; i < m->phnum; i++) {
		struct segment s = segment(m, i);

		if (s.type == PT_LOAD && address >= s.address && address - s.address < s.size)
			return address - s.address + s.offset;
	}
	return UINT64_MAX;
}

static void add_runpath(struct elf_deps *d, const char *text, const char *path)
{
	struct strv parts = { 0 };
	char *copy = xstrdup(path), *origin = dirname(copy);

	strv_split(&parts, text, ":");
	for (size_t i = 0; i < parts.n; i++) {
		size_t n = !strncmp(parts.v[i], "$ORIGIN", 7)	  ? 7
			   : !strncmp(parts.v[i], "${ORIGIN}", 9) ? 9
								  : 0;
		char *dir = xasprintf("%s%s", n ? origin : "", parts.v[i] + n);

		strv_add(&d->runpath, dir);
		free(dir);
	}
	free(copy);
	strv_free(&parts);
}

static uint64_t dynamic_value(const struct image *m, const struct segment *s, uint64_t tag)
{
	unsigned int word = m->wide ? 8 : 4;

	for (uint64_t i = 0; i < s->size / (2 * word); i++)
		if (number(m, s->offset + i * 2 * word, word) == tag)
			return number(m, s->offset + (i * 2 + 1) * word, word);
	return UINT64_MAX;
}

static void read_dynamic(struct elf_deps *d, const struct image *m, const struct segment *s,
			 const char *path)
{
	uint64_t names = file_offset(m, dynamic_value(m, s, DT_STRTAB));
	unsigned int word = m->wide ? 8 : 4;

	for (uint64_t i = 0; i < s->size / (2 * word) && i < COUNT_MAX; i++) {
		uint64_t tag = number(m, s->offset + i * 2 * word, word);
		uint64_t value = number(m, s->offset + (i * 2 + 1) * word, word);
		char *text = names < m->size ? text_at(m, names + value) : NULL;

		if (tag == DT_NULL) {
			free(text);
			return;
		}
		if (text && tag == DT_NEEDED)
			strv_add(&d->needed, text);
		else if (text && (tag == DT_RUNPATH || tag == DT_RPATH))
			add_runpath(d, text, path);
		free(text);
	}
}

void elf_deps_read(struct elf_deps *d, const char *path)
{
	struct image m = { 0 };
	char *data = file_read(path, FILE_MAX, &m.size);

	*d = (struct elf_deps){ 0 };
	m.data = data;
	d->elf = data && read_header(&m);
	for (unsigned int i = 0; d->elf && i < m.phnum; i++) {
		struct segment s = segment(&m, i);

		if (s.type == PT_INTERP && !d->interpreter)
			d->interpreter = text_at(&m, s.offset);
		else if (s.type == PT_DYNAMIC)
			read_dynamic(d, &m, &s, path);
	}
	free(data);
}

void elf_deps_free(struct elf_deps *d)
{
	free(d->interpreter);
	strv_free(&d->needed);
	strv_free(&d->runpath);
}

/* The absolute path of a library; NULL when it is nowhere. The caller frees. */
static char *find_library(const struct elf_deps *d, const char *name)
{
	static const char *const usual[] = { "/lib/x86_64-linux-gnu",
					     "/usr/lib/x86_64-linux-gnu",
					     "/lib/aarch64-linux-gnu",
					     "/usr/lib/aarch64-linux-gnu",
					     "/lib64",
					     "/usr/lib64",
					     "/lib",
					     "/usr/lib" };
	size_t n = sizeof(usual) / sizeof(usual[0]);

	for (size_t i = 0; i < d->runpath.n + n; i++) {
		char *path =
			xasprintf("%s/%s",
				  i < d->runpath.n ? d->runpath.v[i] : usual[i - d->runpath.n],
				  name);

		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

void elf_deps_all(const char *path, struct strv *files, struct strv *missing)
{
	struct elf_deps d;

	elf_deps_read(&d, path);
	if (d.interpreter && !access(d.interpreter, R_OK)) {
		if (!strv_has(files, d.interpreter))
			strv_add(files, d.interpreter);
	} else if (d.interpreter && !strv_has(missing, d.interpreter)) {
		strv_add(missing, d.interpreter);
	}
	for (size_t i = 0; i < d.needed.n; i++) {
		char *found =
			strchr(d.needed.v[i], '/') ? NULL : find_library(&d, d.needed.v[i]);

		if (!found && !strv_has(missing, d.needed.v[i])) {
			strv_add(missing, d.needed.v[i]);
		} else if (found && !strv_has(files, found)) {
			strv_add(files, found);
			elf_deps_all(found, files, missing);
		}
		free(found);
	}
	elf_deps_free(&d);
}
