/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "caps.h"

int
caps_keep(const char *const *keep, char *kept, size_t size)
{
	(void)keep;
	snprintf(kept, size, "all, for want of libcap-ng");
	return 0;
}
