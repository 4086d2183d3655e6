/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - the interface of this machine that carries our packets. Pure. */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include "facts.h"

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
 * one that is, never a deprecated or tentative one. Of two that are as good
 * it is the one that the link has already (zeros: none), else the first.
 * `own` is the name of our tunnel, which is never meant; NULL: we have none.
 *
 * -EAGAIN: not yet (no default route, no address); -ENODEV: there is no such
 * interface or address. With a sentence each, and the link as it was.
 */
int link_choose(struct link *, const struct facts *, const char *wanted,
    const char *own, char why[ERROR_WHY]);

/* In all that others see of it: name, index, MTU and address. */
bool link_equal(const struct link *, const struct link *);

/*
 * Why this address was passed over when the link was chosen (or, with zeros,
 * when none was); static. NULL: it was not.
 */
const char *link_passed_over(const struct link *, const struct facts *,
    const char *wanted, const struct facts_addr *);

#endif
