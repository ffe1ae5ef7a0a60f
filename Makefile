# SPDX-License-Identifier: GPL-2.0-only
# make help lists the targets.

O	?= build
PREFIX	?= /usr/local
ifeq ($(origin CC),default)
CC	:= gcc
endif

# Downloads live outside the tree; a kernel source tree can be given instead.
MMGUARD_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mmguard
export MMGUARD_CACHE
HARNESS := $(if $(KSRC),$(KSRC)/tools/testing/selftests,$(MMGUARD_CACHE)/harness)

WARN	:= -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Werror
CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 -D_GNU_SOURCE $(WARN) -MMD -MP

AREAS	 := $(notdir $(patsubst %/,%,$(wildcard selftests/*/)))
# mmrun with a small C library, where there is one: glibc makes it three times as large.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
ifeq ($(CC),gcc)
MUSL	:= $(shell command -v musl-gcc 2>/dev/null)
endif
MMRUN_CC ?= $(if $(MUSL),$(MUSL) -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH),$(CC))

LIB_OBJS := $(patsubst %.c,$(O)/%.o,$(wildcard lib/*.c))
COMMON	 := $(patsubst %.c,$(O)/%.o,$(wildcard runners/common/*.c))
MMRUN	 := $(patsubst %.c,$(O)/mmrun-objects/%.o,$(wildcard runners/common/*.c runners/mmrun/*.c))
MMGUARD	 := $(patsubst %.c,$(O)/%.o,$(wildcard runners/mmguard/*.c))
PROGRAMS := $(patsubst %.c,$(O)/%,$(wildcard selftests/*/*.c))
UNITS	 := $(patsubst runners/tests/%.c,$(O)/tests/%,$(wildcard runners/tests/*.c))
LIB_UNITS := $(patsubst lib/tests/%.c,$(O)/tests/lib_%,$(wildcard lib/tests/*.c))
HOSTILE	 := $(patsubst runners/tests/%.c,$(O)/tests/%,$(wildcard runners/tests/hostile/*.c))

# libhugetlbfs finds the page sizes in a constructor, which a plain static link drops.
TEST_LIBS := -Wl,--whole-archive -lhugetlbfs -Wl,--no-whole-archive -luring -lnuma -lpthread -lm -ldl

all: $(PROGRAMS) $(O)/mmrun $(O)/mmguard
.PHONY: all run test units lint bench prove install clean help setup

$(O)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(O)/runners/%.o: runners/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Irunners -c -o $@ $<

$(O)/libmm.a: $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(HARNESS)/kselftest_harness.h:
	@echo "the kselftest harness is missing: run 'make setup', or give a kernel source tree with KSRC=" >&2; exit 1

$(PROGRAMS): $(O)/selftests/%: selftests/%.c $(O)/libmm.a $(HARNESS)/kselftest_harness.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Ilib -isystem $(HARNESS) -static -Wl,--no-warnings -o $@ $< $(O)/libmm.a $(TEST_LIBS)

$(O)/mmrun-objects/%.o: %.c
	@mkdir -p $(@D)
	$(MMRUN_CC) $(CFLAGS) -Irunners -c -o $@ $<

$(O)/mmrun: $(MMRUN)
	$(MMRUN_CC) $(CFLAGS) -static -o $@ $^
	@$(if $(MUSL),,echo "mmrun: built without musl-gcc, which makes it larger")

$(O)/mmguard: $(MMGUARD) $(COMMON)
	$(CC) $(CFLAGS) -o $@ $^ -ljansson

$(UNITS): $(O)/tests/%: runners/tests/%.c $(COMMON) $(filter-out %/main.o,$(MMGUARD))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Irunners -o $@ $(filter-out %.h,$^) -ljansson

$(HOSTILE): $(O)/tests/%: runners/tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $< -lpthread

$(LIB_UNITS): $(O)/tests/lib_%: lib/tests/%.c $(O)/libmm.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Ilib -static -Wl,--no-warnings -o $@ $^ $(TEST_LIBS)

# mmguard finds these programs, and nothing else, through MMGUARD_LIBEXEC.
DEATHS := $(O)/tests/guest/libexec
DEATH_PROGRAMS := $(patsubst %,$(DEATHS)/selftests/deaths/%,chance fills panics panics_later passes powers_off)

$(DEATH_PROGRAMS): $(DEATHS)/selftests/deaths/%: runners/tests/guest/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

$(O)/tests/guest/deaths: runners/tests/guest/deaths.c $(COMMON) $(filter-out %/main.o,$(MMGUARD)) | $(DEATH_PROGRAMS) $(O)/mmrun $(O)/mmguard
	@mkdir -p $(@D)
	ln -sfn $(abspath $(O)/mmrun) $(DEATHS)/mmrun
	ln -sfn $(abspath configs) $(DEATHS)/configs
	$(CC) $(CFLAGS) -Irunners -o $@ $(filter-out %.h,$^) -ljansson

KILLS := $(O)/tests/kills/libexec
KILL_PROGRAMS := $(patsubst %,$(KILLS)/selftests/kills/%,one two three)

$(KILL_PROGRAMS): $(KILLS)/selftests/kills/%: runners/tests/kills/tiny.c runners/tests/kills/setting.h $(O)/mmrun
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DNAME='"$*"' -static -o $@ $<
	ln -sfn $(abspath $(O)/mmrun) $(KILLS)/mmrun
	ln -sfn $(abspath configs) $(KILLS)/configs

SSH := $(O)/tests/ssh/libexec
SSH_PROGRAMS := $(patsubst %,$(SSH)/selftests/ssh/%,one two long)

$(SSH_PROGRAMS): $(SSH)/selftests/ssh/%: runners/tests/ssh/slow.c $(O)/mmrun
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -DNAME='"$*"' -o $@ $<
	ln -sfn $(abspath $(O)/mmrun) $(SSH)/mmrun
	ln -sfn $(abspath configs) $(SSH)/configs

$(O)/tests/ssh/sudo: runners/tests/ssh/sudo.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

$(O)/tests/resume_kills: runners/tests/once.h runners/tests/victim.h runners/tests/kills/setting.h | $(KILL_PROGRAMS)

$(O)/tests/mmguard_safe: | $(O)/mmguard $(O)/mmrun

$(O)/tests/guest/sshguest: runners/tests/guest/sshguest.c runners/tests/guest/machine.c runners/tests/guest/machine_files.c runners/tests/guest/machine_init.sh $(COMMON) $(filter-out %/main.o,$(MMGUARD)) | $(O)/tests/guest/deaths
	cp runners/tests/guest/machine_init.sh $(@D)
	$(CC) $(CFLAGS) -Irunners -o $@ $(filter %.c %.o,$^) -ljansson

# Programs of somebody else; one of them is dynamic, as theirs are.
$(O)/tests/guest/speaks: runners/tests/guest/speaks.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $<

$(O)/tests/guest/foreign: runners/tests/guest/foreign.c $(O)/tests/guest/speaks $(O)/mmrun $(O)/mmguard
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< -ljansson

units: $(SSH_PROGRAMS) $(O)/tests/ssh/sudo $(O)/tests/guest/deaths $(O)/tests/guest/sshguest $(O)/tests/guest/foreign $(UNITS) $(LIB_UNITS) $(HOSTILE) $(O)/mmrun $(O)/mmguard

setup:
	runners/setup/setup.sh $(SETUP_FLAGS)

run: setup
	$(MAKE) all
	$(O)/mmguard run $(ARGS)

test:
	$(MAKE) setup SETUP_FLAGS="--test$(if $(PROVE), --lab)"
	$(MAKE) all units
	O=$(O) PROVE=$(PROVE) runners/tests/all.sh

lint:
	O=$(O) runners/tests/lint.sh

BENCH := $(patsubst %,$(O)/tests/bench/%,spawn boot off)

$(O)/tests/bench/boot: runners/tests/bench/boot.c $(COMMON) $(filter-out %/main.o,$(MMGUARD))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Irunners -o $@ $(filter-out %.h,$^) -ljansson

$(O)/tests/bench/%: runners/tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

bench: all units $(BENCH)
	O=$(O) runners/tests/bench.sh

# LAB= options of mmguard lab, such as --source deb:7.2
prove: all
	runners/setup/setup.sh --lab
	$(O)/mmguard lab build $(LAB)
	$(O)/mmguard lab run --jobs 2 --expect $(LAB) $(ARGS)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/mmguard $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(O)/mmguard $(O)/mmrun $(DESTDIR)$(PREFIX)/bin
	for p in $(PROGRAMS:$(O)/%=%); do install -D -m 755 $(O)/$$p $(DESTDIR)$(PREFIX)/libexec/mmguard/$$p || exit 1; done
	cp -r configs $(DESTDIR)$(PREFIX)/libexec/mmguard/
	install -m 644 docs/mmguard.1 docs/mmrun.1 $(DESTDIR)$(PREFIX)/share/man/man1

clean:
	rm -rf $(O)

help:
	@echo 'sudo make run        install what is missing, build, run the quick profile here'
	@echo 'sudo make test       the same, then the project'"'"'s own tests, here and in a VM'
	@echo 'make                 build everything below $$O (default: build)'
	@echo 'make setup           install packages and fetch the kselftest harness'
	@echo '     PROVE=1         and prove on a kernel with bugs put back that the tests fail (20 minutes)'
	@echo 'make lint            compilers, static analysis, format'
	@echo 'make bench           what the runner costs'
	@echo 'make prove           build a kernel with every bug, show which test catches which'
	@echo 'make install         DESTDIR= PREFIX=$(PREFIX)'
	@echo 'make clean'
	@echo 'Variables: KSRC=/kernel/tree (its kselftest harness), CC=gcc|clang, O=dir, ARGS= for mmguard run'

-include $(shell find $(O) -name '*.d' 2>/dev/null)
