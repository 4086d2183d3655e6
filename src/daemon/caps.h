/* SPDX-License-Identifier: Apache-2.0 */
/* caps.h - capabilities of this thread, by libcap-ng or not at all. */
#ifndef DAEMON_CAPS_H
#define DAEMON_CAPS_H

#include <stddef.h>

/*
 * Gives up all but those of `keep` (a NULL ends them) that it has, as in
 * "net_admin". `kept` becomes the ones that it still has. 0, or -errno.
 */
int caps_keep(const char *const *keep, char *kept, size_t size);

#endif
