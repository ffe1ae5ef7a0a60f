// SPDX-License-Identifier: GPL-2.0-only
/* Watching a guest: frames, silence, panic, our own signals. */
#include "vmboot.h"
#include "common/protocol.h"
#include "console.h"
#include "frames.h"
#include "initramfs.h"
#include "qemu.h"
#include "vmsink.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Seconds without a heartbeat, times the slow factor, after which a machine is lost. */
#define SILENCE 30
/* Seconds a booting kernel may say nothing on its console, and seconds a boot may take at all:
 * as long for every unit of the slow factor, and at least. */
#define BOOT_SILENCE	   8
#define BOOT_SILENCE_LEAST 45
#define BOOT_LIMIT	   50
#define BOOT_LIMIT_LEAST   300
/* Seconds between the end of the plan and power-off. */
#define POWER_OFF 20
/* A console that grows beyond this is a kernel that only prints. */
#define CONSOLE_MAX (128u << 20)

struct watch {
	const struct vmboot *b;
	struct qemu qemu;
	struct frames frames;
	struct vmsink sink;
	char *console;
	size_t console_from, console_size;
	double begin, console_grew, done_at;
};

static size_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (size_t)st.st_size;
}

static void look_at_console(struct watch *w)
{
	size_t size = file_size(w->console);

	if (size != w->console_size)
		w->console_grew = now_mono();
	w->console_size = size;
}

static void read_frames(struct watch *w)
{
	char buf[65536];
	ssize_t n = -1;

	while (w->qemu.frames >= 0 && (n = read(w->qemu.frames, buf, sizeof(buf))) > 0)
		frames_feed(&w->frames, buf, (size_t)n);
	if (n == 0) {
		close(w->qemu.frames);
		w->qemu.frames = -1;
	}
	if (w->b->progress->finished && !w->done_at)
		w->done_at = now_mono();
}

static double at_least(double least, double seconds)
{
	return seconds > least ? seconds : least;
}

/* NULL while all is well, otherwise why the guest is given up. */
static const char *why_lost(const struct watch *w)
{
	double now = now_mono(), slow = w->b->run->slow;

	if (w->console_size - w->console_from > CONSOLE_MAX)
		return "its console was flooded";
	if (!w->sink.frames &&
	    now - w->console_grew > at_least(BOOT_SILENCE_LEAST, BOOT_SILENCE * slow))
		return "it said nothing while booting";
	if (!w->sink.frames && now - w->begin > at_least(BOOT_LIMIT_LEAST, BOOT_LIMIT * slow))
		return "it did not boot in time";
	if (w->sink.frames && now - w->sink.last > SILENCE * slow)
		return "no sign of life";
	return NULL;
}

/* Until the guest is dead, done, given up, or we are told to stop. */
static const char *watch(struct watch *w)
{
	const char *why = NULL;

	while (!qemu_dead(&w->qemu) && !why && !signals_seen() && !w->sink.err &&
	       !w->b->until->reason) {
		struct pollfd p = { .fd = w->qemu.frames, .events = POLLIN };

		poll(&p, 1, w->qemu.frames >= 0 ? 500 : 50);
		read_frames(w);
		look_at_console(w);
		progress_tick(w->b->progress);
		if (w->done_at && now_mono() - w->done_at > POWER_OFF)
			break;
		why = why_lost(w);
	}
	read_frames(w);
	return why;
}

/* It never reached mmrun: that is no result of any test. */
static enum boot_end never_up(const struct watch *w, const char *why)
{
	char *text = console_read(w->console, w->console_from), *tail = console_tail(text, 8);
	char *complaint = qemu_complaint(&w->qemu);
	/* A kernel that ran may have met one of the bugs this suite is about; another try is
	 * worth it. */
	bool ran = *tail && !*complaint && !why;

	mg_error("the guest did not come up with %s: %s", w->b->vm->image,
		 *complaint ? complaint
		 : why	    ? why
			    : "it ended before the first test");
	if (*tail)
		mg_error("its console ended with\n%s", tail);
	else
		mg_error("its console stayed empty");
	free(complaint);
	free(tail);
	free(text);
	return ran ? BOOT_DIED : BOOT_DEAD;
}

static enum boot_end lost(const struct watch *w, const char *why)
{
	char *text = console_read(w->console, w->console_from), *cause = console_cause(text);
	char *reason = why ? xasprintf("%s (%s)", why, cause) : xstrdup(cause);
	char *line = xasprintf("boot %u was lost: %s", w->b->number, reason);

	rundir_event(w->b->run->dir, "lost", w->b->number, reason);
	progress_lost(w->b->progress, line);
	free(line);
	free(reason);
	free(cause);
	free(text);
	return BOOT_LOST;
}

static enum boot_end judge(struct watch *w, const char *why)
{
	if (signals_seen()) {
		rundir_event(w->b->run->dir, "interrupted", w->b->number,
			     strsignal(signals_seen()));
		return BOOT_INTERRUPTED;
	}
	if (w->sink.err)
		return BOOT_ERROR;
	if (w->b->until->reason) {
		mg_error("%s", w->b->until->reason);
		rundir_event(w->b->run->dir, "stopped", w->b->number, w->b->until->reason);
		return BOOT_DONE;
	}
	if (w->b->progress->finished)
		return BOOT_DONE;
	if (!w->sink.frames)
		return never_up(w, why);
	return lost(w, why);
}

static int start(struct watch *w)
{
	struct guest g = { .mmrun = w->b->run->paths.mmrun,
			   .plan = w->b->plan,
			   .from = w->b->run->opt.from,
			   .modules = w->b->modules,
			   .boot = w->b->number,
			   .slow = w->b->run->slow };
	int fd = initramfs_make(&g), err = -1;

	if (fd >= 0) {
		err = qemu_start(&w->qemu, w->b->vm, w->b->run, fd, w->console);
		close(fd);
	}
	return err;
}

enum boot_end vmboot_run(const struct vmboot *b)
{
	struct watch w = { .b = b,
			   .qemu = { .pid = -1, .frames = -1, .errors = -1 },
			   .console = xasprintf("%s/console.log", b->run->dir) };
	enum boot_end end = BOOT_ERROR;
	const char *why;

	w.sink = (struct vmsink){
		.dir = b->run->dir, .plan = b->plan, .boot = b->number, .progress = b->progress
	};
	w.console_from = w.console_size = file_size(w.console);
	w.begin = w.console_grew = w.sink.last = now_mono();
	b->progress->finished = false;
	frames_init(&w.frames, vmsink_frame, &w.sink);
	if (!start(&w)) {
		why = watch(&w);
		end = judge(&w, why);
	}
	qemu_stop(&w.qemu);
	frames_free(&w.frames);
	free(w.console);
	return end;
}
