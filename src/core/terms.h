/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h - what our host wants of its lease, and its times. Pure. */
#ifndef CORE_TERMS_H
#define CORE_TERMS_H

#include <rudder/types.h>

/* Seconds. A tenth of the longest, in ms, still fits into 32 bits. */
#define LEASE_TTL_MIN 5
#define LEASE_TTL_MAX 31536000

/* What to do when another host has our subnet. */
enum lease_loss { LEASE_KEEP, LEASE_QUARANTINE, LEASE_EXIT };

struct lease_terms {
	unsigned ttl; /* seconds */
	enum lease_loss on_loss;
	struct rudder_net former; /* the subnet that it had; len 0: none */
	const char *node_id;	  /* "": not told */
};

/* In ms; at most 68 years, which any answer may exceed: it is only text. */
int64_t terms_left_ms(int64_t seconds);

/*
 * Until it is renewed, with so many seconds left: when a third of its time is
 * gone, give or take a twentieth of it all, so that hosts which came together
 * do not renew together. 0: at once. `random` is any 32 bits.
 */
uint64_t terms_renewal_ms(
    const struct lease_terms *, int64_t left, uint32_t random);

#endif
