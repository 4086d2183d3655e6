/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - the interface of this machine that carries our packets. */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include <net/if.h>
#include <stdint.h>

#include "error.h"

struct link {
	char name[IFNAMSIZ];
	unsigned ifindex;
	unsigned mtu;
	uint32_t ip;	    /* host byte order */
	const char *reason; /* why this one; static */
};

/*
 * `wanted` is the name of an interface, one of its IPv4 addresses, or NULL
 * for the one that the default route leaves by. Of several addresses the
 * best is taken: global before link-local, one that is no secondary before
 * one that is, never a deprecated or tentative one.
 *
 * -EAGAIN: not yet (no default route, no address); -ENODEV: there is no such
 * interface or address; other -errno: the kernel did not answer. With a
 * sentence each.
 */
int link_find(struct link *, const char *wanted, char why[ERROR_WHY]);

#endif
