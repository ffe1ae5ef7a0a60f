/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the section .mmguard.needs in an ELF file of any class and byte order.
 * Nothing in the file is trusted: every offset is checked against its size.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "needs.h"

#define SECTION	     ".mmguard.needs"
#define SECTION_MAX  (1UL << 20)
#define SECTIONS_MAX 65536

struct image {
	const unsigned char *data;
	uint64_t size;
	bool wide; /* 64 bit */
	bool big;  /* big endian */
	uint64_t shoff, shentsize, shnum, shstrndx;
};

struct section {
	uint32_t name, type;
	uint64_t offset, size, link;
};

/* Reads an unsigned number of @len bytes; 0 when it lies outside the file. */
static uint64_t number(const struct image *m, uint64_t at, unsigned int len)
{
	uint64_t v = 0;

	if (at > m->size || len > m->size - at)
		return 0;
	for (unsigned int i = 0; i < len; i++)
		v = v << 8 | m->data[at + (m->big ? i : len - 1 - i)];
	return v;
}

static struct section section(const struct image *m, uint64_t i)
{
	uint64_t at = m->shoff + i * m->shentsize;
	unsigned int word = m->wide ? 8 : 4;
	struct section s = { 0 };

	if (m->shoff > m->size)
		return s;
	s.name = (uint32_t)number(m, at, 4);
	s.type = (uint32_t)number(m, at + 4, 4);
	s.offset = number(m, at + 8 + 2 * word, word);
	s.size = number(m, at + 8 + 3 * word, word);
	s.link = number(m, at + 8 + 4 * word, 4);
	return s;
}

static const char *read_header(struct image *m)
{
	const unsigned char *e = m->data;

	if (m->size < sizeof(Elf32_Ehdr) || memcmp(e, ELFMAG, SELFMAG))
		return "not an ELF file";
	m->wide = e[EI_CLASS] == ELFCLASS64;
	m->big = e[EI_DATA] == ELFDATA2MSB;
	if (!m->wide && e[EI_CLASS] != ELFCLASS32)
		return "ELF class unknown";
	if (!m->big && e[EI_DATA] != ELFDATA2LSB)
		return "ELF byte order unknown";
	m->shoff = number(m, m->wide ? 40 : 32, m->wide ? 8 : 4);
	m->shentsize = number(m, m->wide ? 58 : 46, 2);
	m->shnum = number(m, m->wide ? 60 : 48, 2);
	m->shstrndx = number(m, m->wide ? 62 : 50, 2);
	if (!m->shoff || m->shentsize < (m->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return "ELF file without section table (stripped?)";
	/* Large tables keep their real numbers in the first section. */
	if (!m->shnum)
		m->shnum = section(m, 0).size;
	if (m->shstrndx == SHN_XINDEX)
		m->shstrndx = section(m, 0).link;
	if (m->shnum > SECTIONS_MAX || m->shoff > m->size ||
	    m->shnum * m->shentsize > m->size - m->shoff)
		return "ELF section table outside the file";
	return NULL;
}

static bool inside(const struct image *m, const struct section *s)
{
	return s->offset <= m->size && s->size <= m->size - s->offset;
}

static const char *find_section(const struct image *m, struct section *found)
{
	struct section names = section(m, m->shstrndx);

	if (m->shstrndx >= m->shnum || !inside(m, &names))
		return "ELF section names outside the file";
	for (uint64_t i = 0; i < m->shnum; i++) {
		struct section s = section(m, i);

		if (names.size < sizeof(SECTION) || s.name > names.size - sizeof(SECTION) ||
		    memcmp(m->data + names.offset + s.name, SECTION, sizeof(SECTION)))
			continue;
		if (s.type == SHT_NOBITS || !inside(m, &s) || s.size > SECTION_MAX)
			return "section " SECTION " cut short";
		*found = s;
		return NULL;
	}
	return "no section " SECTION;
}

static int parse_image(struct image *m, const char *path, struct needs *n, char *err,
		       size_t len)
{
	const char *wrong = read_header(m);
	struct section s = { 0 };
	char text[160];

	if (!wrong)
		wrong = find_section(m, &s);
	if (!wrong &&
	    !needs_parse((const char *)m->data + s.offset, s.size, n, text, sizeof(text)))
		return 0;
	snprintf(err, len, "%s: %s", path, wrong ? wrong : text);
	return -1;
}

int needs_read(const char *path, struct needs *n, char *err, size_t errlen)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct image m = { 0 };
	void *map = MAP_FAILED;
	struct stat st;
	int ret;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		snprintf(err, errlen, "%s: %s", path,
			 fd < 0 ? strerror(errno) : "not an ELF file");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	m.data = map;
	m.size = (uint64_t)st.st_size;
	ret = parse_image(&m, path, n, err, errlen);
	munmap(map, (size_t)st.st_size);
	return ret;
}
