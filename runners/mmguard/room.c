// SPDX-License-Identifier: GPL-2.0-only
/* Space for the reports, taken while there is some: on a disk that a test has filled they can
 * still say so. */
#include "run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a disk that is nearly full before anything ran the tests get more than the reports. */
#define ROOM_LEAST (128ll << 10)
#define ROOM_CASE  1024ll

static char *room_path(const struct run *r)
{
	return xasprintf("%s/.room", r->dir);
}

void room_take(const struct run *r)
{
	char *path = room_path(r);
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);

	/* Where it cannot be had, the reports take their chance. */
	if (fd >= 0 &&
	    fallocate(fd, 0, 0, ROOM_LEAST + ROOM_CASE * (long long)plan_cases(&r->plan)))
		unlink(path);
	if (fd >= 0)
		close(fd);
	free(path);
}

void room_give(const struct run *r)
{
	char *path = room_path(r);

	unlink(path);
	free(path);
}
