/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlap.h - would an overlay take away what this machine lives by? Pure.
 *
 * A route to the whole overlay into our tunnel swallows whatever else is in
 * there: the network that ssh came from, the default gateway, the resolver,
 * and the address that our own packets leave from, which then go round for
 * ever. So none of these may be inside of it.
 *
 * No overlap are routes that only contain the overlay or are contained by
 * it, by way of some gateway (of two routes the longer one counts, which is
 * what its administrator meant), the default route, and routes that lead
 * nowhere (unreachable, blackhole).
 *
 * Neither is the bridge of our own containers, which is there before us when
 * we are started again, nor a tunnel that outlived its program. What tells
 * them from a network that the machine lives in: all that they have lies
 * within the overlay and is no larger than one host's subnet, no route to
 * elsewhere leaves by them, and our packets do not either.
 */
#ifndef HOST_OVERLAP_H
#define HOST_OVERLAP_H

#include "link.h"

struct overlap {
	struct rudder_net network; /* the overlay */
	uint8_t subnet_len;	   /* of one host */
	const struct link *link;   /* what carries our packets */
	uint32_t public_ip;	   /* what the others send to */
};

/* True, and a sentence that names the overlay and what it overlaps with. */
bool overlap_find(
    const struct overlap *, const struct facts *, char why[ERROR_WHY]);

#endif
