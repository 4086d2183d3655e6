/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostnet.h - the network of a machine that does not exist: the host of an
 * engine under test. A test changes the lists and then, if the kernel is to
 * have said so, calls hostnet_news().
 */
#ifndef CORE_TESTS_HOSTNET_H
#define CORE_TESTS_HOSTNET_H

#include "facts.h"

#define HOSTNET_LINKS 4
#define HOSTNET_ADDRS 40

struct hostnet {
	struct facts_link links[HOSTNET_LINKS];
	struct facts_addr addrs[HOSTNET_ADDRS];
	struct facts_route routes[HOSTNET_LINKS];
	uint32_t resolvers[HOSTNET_LINKS];
	size_t n_links, n_addrs, n_routes, n_resolvers;
	int news[2];	/* the watch, and the kernel's end of it */
	unsigned looks; /* how often the facts were asked for */
	int fail;	/* the error that they are answered with, or 0 */
	int fail_watch; /* likewise */
};

/*
 * lo, and eth0 with the index 2, this address in a /24, MTU 1500 and a
 * default route by the last host of that network.
 */
void hostnet_init(struct hostnet *, uint32_t ip);
void hostnet_fini(struct hostnet *);

/* As struct host has them. */
int hostnet_facts(struct hostnet *, struct facts *, char why[ERROR_WHY]);
int hostnet_watch(struct hostnet *);

/* The kernel says that there is another address. */
void hostnet_news(struct hostnet *);

#endif
