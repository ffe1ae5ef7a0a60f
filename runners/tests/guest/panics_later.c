// SPDX-License-Identifier: GPL-2.0-only
/* panics_later: its second case panics the kernel when it is run again in one boot. */
#include "tiny.h"

#include <fcntl.h>

TINY(panics_later);

static void second(void)
{
	int fd = open("/tmp/ran", O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd >= 0)
		return;
	fd = open("/proc/sysrq-trigger", O_WRONLY);
	if (write(fd, "c", 1) < 0)
		perror("# /proc/sysrq-trigger");
	pause();
}

int main(int argc, char **argv)
{
	return tiny_main(argc, argv, second);
}
