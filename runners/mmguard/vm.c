// SPDX-License-Identifier: GPL-2.0-only
/* The guest is started again with what is left, until nothing is or nothing more can be had. */
#include "vm.h"
#include "kimage.h"
#include "load.h"
#include "program.h"
#include "qemu.h"
#include "rest.h"
#include "until.h"
#include "vmboot.h"

#include <stdlib.h>
#include <string.h>

/* An emulated CPU is about so much slower; a loaded machine makes it worse up to a limit. */
#define SLOW_TCG 6
#define SLOW_MAX 30

static double choose_slow(const struct run *r)
{
	double load = load_per_cpu(), slow = strcmp(r->opt.accel, "kvm") ? SLOW_TCG : 1;

	if (r->opt.slow > 0)
		return r->opt.slow;
	if (load > 1)
		slow *= load;
	return slow < SLOW_MAX ? slow : SLOW_MAX;
}

int vm_prepare(struct vm *vm, struct run *r)
{
	struct kimage k;

	if (!program_exists(QEMU_PROGRAM)) {
		mg_error("%s is not installed; it comes with the package %s", QEMU_PROGRAM,
			 QEMU_PACKAGE);
		return -1;
	}
	if (kimage_find(&k, r->opt.kernel, r->paths.configs)) {
		kimage_free(&k);
		return -1;
	}
	vm->image = k.image;
	vm->modules = k.modules;
	free(r->release);
	r->release = k.release;
	free(r->version);
	r->version = k.version;
	r->slow = choose_slow(r);
	return 0;
}

void vm_free(struct vm *vm)
{
	free(vm->image);
	free(vm->modules);
}

struct campaign {
	struct run *run;
	struct vmboot boot;
	struct rest rest;
	struct until until;
	unsigned int tried;
	bool up; /* some boot reached mmrun */
};

/* Is there something left, and is a boot worth it? */
static bool go_on(struct campaign *c, enum target_end *end)
{
	int next;

	rest_free(&c->rest);
	if (rest_find(c->run, &c->rest)) {
		*end = TARGET_FAILED;
		return false;
	}
	next = rest_begin(c->run, &c->rest, true);
	if (next < 0)
		*end = TARGET_FAILED;
	c->boot.number = c->rest.boot + 1;
	c->boot.plan = &c->rest.plan;
	return next > 0;
}

/* One boot.  false: it was the last; *end is then how the run ended. */
static bool one_boot(struct campaign *c, enum target_end *end)
{
	struct progress *p = c->boot.progress;
	enum boot_end b;

	if (!p->total)
		progress_plan(p, c->boot.plan);
	progress_rest(p, c->boot.plan);
	c->tried++;
	if (c->run->opt.repeat.until_fail && !p->on_end && until_watch(&c->until, c->run, p)) {
		*end = TARGET_FAILED;
		return false;
	}
	c->until.plan = c->boot.plan;
	c->until.boot = c->boot.number;
	b = vmboot_run(&c->boot);
	if (b == BOOT_DIED || b == BOOT_DEAD)
		rundir_event(c->run->dir, "lost", c->boot.number, "the guest did not come up");
	c->up |= b == BOOT_LOST || b == BOOT_DONE;
	if (b == BOOT_ERROR ||
	    (!c->up && (b == BOOT_DEAD || (b == BOOT_DIED && c->tried > 1)))) {
		*end = TARGET_FAILED;
		return false;
	}
	return b != BOOT_DONE && b != BOOT_INTERRUPTED;
}

enum target_end vm_run(const struct vm *vm, struct run *r)
{
	struct progress progress = { .out = stdout };
	struct modules modules = { 0 };
	struct campaign c = { .run = r, .boot = { .vm = vm, .run = r, .modules = &modules } };
	enum target_end end = TARGET_DONE;

	if (vm->modules && modules_collect(&modules, vm->modules, modules_guest)) {
		modules_free(&modules);
		return TARGET_FAILED;
	}
	progress_init(&progress, stdout, NULL);
	c.boot.progress = &progress;
	c.boot.until = &c.until;
	while (go_on(&c, &end) && one_boot(&c, &end))
		;
	progress_end(&progress);
	until_end(&c.until);
	rest_free(&c.rest);
	modules_free(&modules);
	return end;
}
