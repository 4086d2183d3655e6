/* SPDX-License-Identifier: Apache-2.0 */
/* In place of machine.c, where there is no crypt(3). */
#include <errno.h>

#include "machine.h"

int
machine_name(char name[MACHINE_NAME])
{
	(void)name;
	return -ENOSYS;
}
