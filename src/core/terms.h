/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h - what our host wants of its lease. */
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

#endif
