/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cap-ng.h>

#include "caps.h"

static void
append(char *kept, size_t size, const char *name)
{
	size_t len = strlen(kept);

	snprintf(kept + len, size - len, "%s%s", len > 0 ? ", " : "", name);
}

/*
 * The bounding set is the concern of those who may change it: others, who got
 * theirs by way of the ambient set, have no way to gain more anyhow. And
 * nothing is inheritable, so that what we may start has none.
 */
int
caps_keep(const char *const *keep, char *kept, size_t size)
{
	capng_select_t sets = CAPNG_SELECT_CAPS;
	unsigned had[16];
	int cap, n = 0;

	kept[0] = '\0';
	if (capng_get_caps_process() < 0)
		return -EIO;
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		sets = CAPNG_SELECT_BOTH;
	for (; *keep != NULL && n < 16; keep++) {
		cap = capng_name_to_capability(*keep);
		if (cap < 0 ||
		    !capng_have_capability(CAPNG_PERMITTED, (unsigned)cap))
			continue;
		had[n++] = (unsigned)cap;
		append(kept, size, *keep);
	}
	capng_clear(sets);
	while (n > 0)
		capng_update(CAPNG_ADD,
		    CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
		    had[--n]);
	errno = EPERM;
	return capng_apply(sets) < 0 ? -errno : 0;
}
