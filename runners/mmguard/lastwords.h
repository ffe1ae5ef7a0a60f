/* SPDX-License-Identifier: GPL-2.0-only */
/* What a machine that was restarted has left of the death of its kernel. */
#ifndef MG_LASTWORDS_H
#define MG_LASTWORDS_H

#include "util.h"

/* Where the firmware's or ramoops' records turn up, and where systemd moves them to. */
#define LASTWORDS_PSTORE "/sys/fs/pstore:/var/lib/systemd/pstore"

/*
 * Why boot @boot of the run in @dir ended: the best line of the records below the directories
 * @pstore (separated by ':') that are not older than @since (seconds since the epoch), which
 * are copied to the run's file pstore (pstore.K of boot K), or else of the kernel log kept
 * while the program @running (NULL: none) ran.  Never NULL; the caller frees.
 */
char *lastwords_find(const char *dir, unsigned int boot, const char *running,
		     const char *pstore, double since);
#endif
