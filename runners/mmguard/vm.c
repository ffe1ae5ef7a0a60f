// SPDX-License-Identifier: GPL-2.0-only
/* The guest is started again with what is left, until nothing is or nothing more can be had. */
#include "vm.h"
#include "common/results.h"
#include "initramfs.h"
#include "kimage.h"
#include "load.h"
#include "program.h"
#include "qemu.h"
#include "report.h"
#include "vmboot.h"

#include <stdlib.h>
#include <string.h>

/* Boots in a row that may bring nothing new. */
#define FRUITLESS_MAX 3
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

static const struct result *find(const struct report *r, const char *program,
				 const char *scenario)
{
	char *name = scenario ? xasprintf("%s.%s", program, scenario) : xstrdup(program);
	const struct result *x = NULL;

	for (size_t i = 0; i < r->n && !x; i++)
		for (size_t j = 0; j < r->v[i].n && !x; j++)
			if (!strcmp(r->v[i].v[j].name, name) &&
			    (scenario || r->v[i].v[j].verdict == V_CRASH))
				x = &r->v[i].v[j];
	free(name);
	return x;
}

/*
 * What boot @boot left open: all of the programs that it did not come to, and of the one that
 * it died in what has no result.  A program that dies outside its cases would die again.
 */
static void rest_of_entry(const struct report *r, const struct plan_entry *e, unsigned int boot,
			  struct plan *next)
{
	struct program_end end = { 0 };
	struct plan_entry *n = NULL;

	if (journal_find(r->dir, e->program, boot, &end) || end.ended)
		return;
	if (end.started && find(r, e->program, NULL))
		return;
	for (size_t i = 0; i < e->cases.n; i++) {
		const struct result *x = find(r, e->program, e->cases.v[i]);

		if (x && x->verdict != V_MISSING)
			continue;
		if (!n)
			n = plan_add(next, e->program, e->path, e->seconds);
		strv_add(&n->cases, e->cases.v[i]);
	}
}

static size_t count_results(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			n += r->v[i].v[j].verdict != V_MISSING;
	return n;
}

/* The raw files tell what is left, as they do for the reports.  0, or -1 with a message. */
static int find_rest(const struct run *r, const struct plan *plan, unsigned int boot,
		     struct plan *next, size_t *results)
{
	struct report report;
	int err = report_collect(&report, r->dir, r->paths.configs);

	*next = (struct plan){ 0 };
	for (size_t i = 0; i < plan->n && !err; i++)
		rest_of_entry(&report, &plan->v[i], boot, next);
	*results = count_results(&report);
	report_free(&report);
	return err;
}

struct campaign {
	struct run *run;
	struct vmboot boot;
	struct plan plan; /* of the next boot */
	size_t results;
	unsigned int fruitless;
	bool up; /* some boot reached mmrun */
};

static int write_plan(const struct campaign *c)
{
	char *path = plan_path(c->run->dir, c->boot.number);
	struct plan guest;
	int err;

	initramfs_plan(&c->plan, &guest);
	err = plan_write(&guest, path);
	plan_free(&guest);
	free(path);
	return err;
}

static unsigned int max_boots(const struct run *r)
{
	return r->opt.boots && r->opt.boots < BOOTS_MAX ? r->opt.boots : BOOTS_MAX;
}

/* After a lost boot: is another one worth it? */
static bool go_on(struct campaign *c)
{
	struct plan next;
	size_t results;
	char *why = NULL;

	if (find_rest(c->run, &c->plan, c->boot.number, &next, &results))
		return false;
	c->fruitless = results > c->results ? 0 : c->fruitless + 1;
	c->results = results;
	plan_free(&c->plan);
	c->plan = next;
	if (!next.n)
		return false;
	if (c->fruitless >= FRUITLESS_MAX)
		why = xasprintf("%d boots in a row brought no new result", FRUITLESS_MAX);
	else if (c->boot.number >= max_boots(c->run))
		why = xasprintf("%u boots", max_boots(c->run));
	if (!why)
		return true;
	rundir_event(c->run->dir, "gave-up", 0, why);
	mg_error("giving up: %s", why);
	free(why);
	return false;
}

/* One boot.  false: it was the last; *end is then how the run ended. */
static bool one_boot(struct campaign *c, enum target_end *end)
{
	enum boot_end b;

	c->boot.plan = &c->plan;
	c->boot.progress->done = c->boot.progress->total - plan_cases(&c->plan);
	if (write_plan(c)) {
		*end = TARGET_FAILED;
		return false;
	}
	b = vmboot_run(&c->boot);
	if (b == BOOT_DIED || b == BOOT_DEAD)
		rundir_event(c->run->dir, "lost", c->boot.number, "the guest did not come up");
	c->up |= b == BOOT_LOST || b == BOOT_DONE;
	if (b == BOOT_ERROR ||
	    (!c->up && (b == BOOT_DEAD || (b == BOOT_DIED && c->boot.number > 1)))) {
		*end = TARGET_FAILED;
		return false;
	}
	return b != BOOT_DONE && b != BOOT_INTERRUPTED && go_on(c);
}

enum target_end vm_run(const struct vm *vm, struct run *r)
{
	struct progress progress;
	struct modules modules = { 0 };
	struct campaign c = { .run = r, .boot = { .vm = vm, .run = r, .modules = &modules } };
	enum target_end end = TARGET_DONE;

	if (vm->modules && modules_collect(&modules, vm->modules)) {
		modules_free(&modules);
		return TARGET_FAILED;
	}
	progress_init(&progress, stdout, plan_cases(&r->plan));
	c.boot.progress = &progress;
	plan_free(&c.plan);
	c.plan = r->plan;
	r->plan = (struct plan){ 0 };
	do
		c.boot.number++;
	while (one_boot(&c, &end));
	progress_end(&progress);
	plan_free(&c.plan);
	modules_free(&modules);
	return end;
}
