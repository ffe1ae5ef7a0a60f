// SPDX-License-Identifier: GPL-2.0-only
#include <sys/reboot.h>

#include "tiny.h"

TINY(powers_off);

static void second(void)
{
	reboot(RB_POWER_OFF);
	pause();
}

int main(int argc, char **argv)
{
	return tiny_main(argc, argv, second);
}
