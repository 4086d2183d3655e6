/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leases.h - what a lane knows of the others: which host a subnet lives on
 * (routes.h), and which hosts there are. Pure.
 */
#ifndef UDP_LEASES_H
#define UDP_LEASES_H

#include <stdbool.h>
#include <stdint.h>

#include "routes.h"

struct leases {
	struct routes routes;

	/* Of each host a /32, and how many routes lead to it: the same kind
	 * of table, which costs one probe as it has one length. */
	struct routes hosts;
};

/* All zeros is an empty one. */
void leases_fini(struct leases *);

/* As of routes.h. */
int leases_set(struct leases *, struct rudder_net subnet, uint32_t host);

/* With what counts the packets of that route. */
int leases_set_metered(
    struct leases *, struct rudder_net subnet, uint32_t host, struct meter *);
int leases_del(struct leases *, struct rudder_net subnet);
int leases_copy(struct leases *to, const struct leases *from);

/* The host that has this inner address; 0: none. */
uint32_t leases_host_of(const struct leases *, uint32_t addr);

/* Does any route lead to that host? */
bool leases_has_host(const struct leases *, uint32_t host);

#endif
