// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "report.h"

static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t armed;

static void on_fault(int sig)
{
	if (!armed) {
		signal(sig, SIG_DFL);
		return; /* the access is made again and ends the process */
	}
	siglongjmp(escape, sig);
}

static void catch_faults(void)
{
	struct sigaction now, act = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, NULL, &now);
	if (now.sa_handler == on_fault)
		return;
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
}

int access_read(const volatile void *addr, unsigned char *value)
{
	int sig;

	catch_faults();
	sig = sigsetjmp(escape, 1);
	if (!sig) {
		armed = 1;
		*value = *(const volatile unsigned char *)addr;
	}
	armed = 0;
	return sig;
}

int access_write(volatile void *addr, unsigned char value)
{
	int sig;

	catch_faults();
	sig = sigsetjmp(escape, 1);
	if (!sig) {
		armed = 1;
		*(volatile unsigned char *)addr = value;
	}
	armed = 0;
	return sig;
}

void access_expect_unmapped(const char *what, const void *addr)
{
	unsigned char byte;
	int sig = access_read(addr, &byte);

	mm_expect(sig == SIGSEGV, "%s: expected signal %d for a read, found %d", what, SIGSEGV,
		  sig);
}

/* 64-bit words, so that gigabytes can be compared in a bearable time. */
static uint64_t pattern_word(size_t off, unsigned char seed)
{
	return (off / 8 + 1) * 0x9e3779b97f4a7c15ULL ^ seed * 0x0101010101010101ULL;
}

unsigned char pattern_byte(size_t off, unsigned char seed)
{
	uint64_t word = pattern_word(off & ~7UL, seed);
	unsigned char bytes[8];

	memcpy(bytes, &word, 8);
	return bytes[off & 7];
}

void pattern_fill(void *addr, size_t len, unsigned char seed)
{
	for (size_t off = 0; off + 8 <= len; off += 8)
		*(volatile uint64_t *)((char *)addr + off) = pattern_word(off, seed);
}

bool pattern_check(const char *what, const void *addr, size_t len, unsigned char seed)
{
	volatile size_t at = 0;
	int sig;

	catch_faults();
	sig = sigsetjmp(escape, 1);
	if (sig) {
		armed = 0;
		mm_fail("%s: reading offset %#zx raised signal %d", what, at, sig);
		return false;
	}
	armed = 1;
	for (size_t off = 0; off + 8 <= len; off += 8) {
		uint64_t found;

		at = off;
		found = *(const volatile uint64_t *)((const char *)addr + off);
		if (found == pattern_word(off, seed))
			continue;
		armed = 0;
		mm_fail("%s: offset %#zx: expected %#018llx, found %#018llx", what, off,
			(unsigned long long)pattern_word(off, seed), (unsigned long long)found);
		return false;
	}
	armed = 0;
	return true;
}
