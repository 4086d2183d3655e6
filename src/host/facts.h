/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what this machine's network is like: plain lists, as the kernel
 * and the resolver's file had them at one moment. IPv4 only.
 *
 * Whoever decides something about the network decides it from these, so that
 * a decision can be tested without a network.
 */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "net.h"

struct facts_link {
	char name[IFNAMSIZ];
	unsigned ifindex;
	unsigned mtu;
	bool up; /* by its administrator; of a carrier nothing is said */
	bool loopback;
};

struct facts_addr {
	unsigned ifindex;
	uint32_t ip;	 /* host byte order, as all here */
	uint8_t len;	 /* of the network that it connects to */
	bool global;	 /* its scope: neither of the link nor of the host */
	bool deprecated; /* on its way out */
	bool tentative;	 /* not yet in use */
	bool secondary;	 /* another one of its network came before */
};

/* A next hop of a unicast route of the main table. */
struct facts_route {
	struct rudder_net dst; /* of length 0: a default route */
	uint32_t gateway;      /* 0: none, it is on the link */
	unsigned ifindex;
	unsigned metric;
	bool first; /* of the hops of its route */
};

struct facts {
	struct facts_link *links;
	struct facts_addr *addrs; /* in the kernel's order */
	struct facts_route *routes;
	uint32_t *resolvers;
	size_t n_links, n_addrs, n_routes, n_resolvers;
};

/*
 * Asks the kernel, and reads /etc/resolv.conf: one that is not there names
 * nobody. 0, -ENOMEM, or -EIO: the kernel did not answer; with a sentence.
 * To be freed in all cases.
 */
int facts_read(struct facts *, char why[ERROR_WHY]);
void facts_free(struct facts *);

/* Of a network that one of the addresses connects to. */
bool facts_is_broadcast(const struct facts *, uint32_t ip);

/* NULL: there is none. */
const struct facts_link *facts_link(const struct facts *, unsigned ifindex);

#endif
