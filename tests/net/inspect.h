/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - is this what a host of the overlay may put on the wire? Pure.
 *
 * Shares no code with rudder, on purpose: what both got wrong in the same
 * place would go unseen.
 */
#ifndef NET_INSPECT_H
#define NET_INSPECT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PORT 8285

enum flaw {
	TOO_LONG,	/* for the link */
	OUTER_HEADER,	/* not what IPv4 says, or its checksum */
	OUTER_FRAGMENT, /* of a datagram that should have fitted */
	OUTER_PORT,	/* does not come from the port that it goes to */
	OUTER_LENGTH,	/* of UDP, against that of IPv4 */
	OUTER_SUM,	/* of UDP; or it has none */
	OUTER_DF,	/* not as in the datagrams before */
	NOT_ONE_PACKET, /* more or less than one, or not IPv4 */
	INNER_HEADER,	/* its checksum */
	INNER_TTL,
	INNER_TCP, /* its length or checksum; likewise the next */
	INNER_UDP,
	INNER_ICMP,
	N_FLAWS,
};

enum inner {
	TCP,
	UDP,
	ICMP,
	FRAGMENT, /* of any; its checksum is that of the whole */
	OTHER,
	N_INNER,
};

/* Of one direction. Zeros to begin with, but for the first two. */
struct inspect {
	unsigned mtu; /* of the link */
	unsigned ttl; /* of all inner packets; 0: any */
	int df;	      /* 0: not known yet, 1: clear, 2: set */
	uint64_t datagrams;
	uint64_t bytes; /* of the inner packets */
	uint64_t inner[N_INNER];
	uint64_t flaws[N_FLAWS];
	unsigned shown; /* flaws that were told of in full */
};

/* Is this UDP to PORT, or a part of UDP? `packet` is what IPv4 begins with. */
int inspect_is_ours(const uint8_t *packet, size_t size);

/* Such a packet, whole. */
void inspect_packet(struct inspect *, const uint8_t *packet, size_t size);

/* The sum of one's complement, to begin or go on with; not inverted. */
uint32_t inspect_sum(uint32_t sum, const uint8_t *data, size_t size);

/* Lines of "NAME count", with the direction's name before each. */
void inspect_print(const struct inspect *, const char *direction, FILE *);

/* All flaws of all kinds. */
uint64_t inspect_flaws(const struct inspect *);

#endif
