/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routes.h - which host an inner address lives on: longest prefix match
 * from subnets to the addresses of their hosts. Pure.
 *
 * A lookup costs one probe of a hash table for each prefix length in use, of
 * which an overlay mostly has one, and which can never be more than 33: never
 * more because there are more hosts (F40). The table has at most four times
 * the room of the most routes it ever held.
 */
#ifndef UDP_ROUTES_H
#define UDP_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include <rudder/types.h>

struct meter;

struct route {
	struct rudder_net subnet;
	uint32_t endpoint;   /* the host's address, host byte order */
	struct meter *meter; /* what counts its packets, or NULL; borrowed */
};

struct routes {
	struct routes_slot *slots; /* NULL until the first route */
	unsigned bits;		   /* there are 2^bits slots */
	size_t n;		   /* of them are in use */
	size_t per_len[33];	   /* routes of each prefix length */
	uint8_t lens[33];	   /* the lengths in use, longest first */
	unsigned n_lens;
};

/* All zeros is an empty table too. */
void routes_init(struct routes *);
void routes_fini(struct routes *);

/* A table of its own with the same routes, in place of what `to` was. -ENOMEM:
 * `to` is empty. */
int routes_copy(struct routes *to, const struct routes *from);

/*
 * Adds a route or moves one, with its meter, to another endpoint. Bits of the
 * subnet beyond its prefix do not matter. -ENOMEM: nothing has changed.
 */
int routes_set(struct routes *, struct rudder_net subnet, uint32_t endpoint);

/* Of a route that there is. */
void routes_meter(struct routes *, struct rudder_net subnet, struct meter *);

/* -ENOENT: there is no route for exactly this subnet. */
int routes_del(struct routes *, struct rudder_net subnet);

/* The route for exactly this subnet, or NULL; valid likewise. */
const struct route *routes_exact(const struct routes *, struct rudder_net);

/*
 * The route of the longest subnet that holds the address, or NULL. For a
 * destination: where to send; for a source: who alone may have sent.
 * Valid until the next set or del.
 */
const struct route *routes_find(const struct routes *, uint32_t addr);

#endif
