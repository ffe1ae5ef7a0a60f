// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>

#include "tiny.h"

TINY(panics);

static void second(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	if (fd >= 0 && write(fd, "c", 1) == 1)
		pause();
}

int main(int argc, char **argv)
{
	return tiny_main(argc, argv, second);
}
