// SPDX-License-Identifier: GPL-2.0-only
/* The init of a bare boot: powers off. */
#include <sys/reboot.h>

int main(void)
{
	reboot(RB_POWER_OFF);
	return 1;
}
