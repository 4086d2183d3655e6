/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - what has been learned about the ways to other hosts: how narrow
 * they are, and that they do not take UDP_SEGMENT. Pure.
 *
 * Only exceptions are kept, and only for a while: ways change, and what is
 * forgotten is learned again. Of very many exceptions the oldest go.
 */
#ifndef UDP_PEERS_H
#define UDP_PEERS_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds that knowledge lasts; as long as the kernel's (RFC 1191 6.3
 * wants ten minutes). */
#define PEERS_LASTS (10 * 60 * 1000)

#define PEERS_SLOTS 256 /* a power of two */

struct peer {
	uint32_t host;	 /* 0: nobody */
	uint16_t mtu;	 /* bytes of an inner packet; 0: as any other's */
	bool no_segment; /* sends one by one alone */
	uint64_t until;
};

/* All zeros: nothing is known. */
struct peers {
	unsigned n; /* that were ever learned: none, mostly */
	struct peer slots[PEERS_SLOTS];
};

/* What is known about a host, or NULL. Valid until the next peers_learn. */
const struct peer *peers_find(
    const struct peers *, uint32_t host, uint64_t now);

/* The place for what is learned about it; lasts anew. */
struct peer *peers_learn(struct peers *, uint32_t host, uint64_t now);

#endif
