// SPDX-License-Identifier: GPL-2.0-only
#include "tiny.h"

TINY(passes);

static void second(void)
{
}

int main(int argc, char **argv)
{
	return tiny_main(argc, argv, second);
}
