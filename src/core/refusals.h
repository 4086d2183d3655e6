/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusals.h - leases that are not believed: why, how many, and what is said.
 *
 * Whoever may write into the registry may write fast, so the lines have a
 * limit (quiet.h) and the counters have none.
 */
#ifndef CORE_REFUSALS_H
#define CORE_REFUSALS_H

#include <rudder/module.h>

#include "context.h"
#include "facts.h"
#include "quiet.h"

enum refusal {
	REFUSED_VALUE,	   /* there is no PublicIP in it */
	REFUSED_OUTSIDE,   /* of the overlay */
	REFUSED_INSIDE,	   /* of it is the PublicIP */
	REFUSED_OURS,	   /* is the PublicIP */
	REFUSED_HOST,	   /* no host can have it */
	REFUSED_BROADCAST, /* of a network that we are connected to */
	REFUSED_OVERLAP,   /* see roster.h */
	REFUSALS
};

struct refusals {
	struct context *ctx;
	struct quiet quiet;
	uint64_t counts[REFUSALS];
};

/* What a lease is held against. */
struct grounds {
	struct rudder_net network;
	uint32_t public_ip;	   /* ours */
	const struct facts *facts; /* of this machine */
};

/* Why it cannot be believed; REFUSALS: it can. */
enum refusal refusals_find(
    const struct grounds *, struct rudder_net, uint32_t public_ip);

/* The end of a sentence. */
const char *refusals_why(enum refusal);

/* Counts it, and says it where not too much was said already. */
void refusals_say(struct refusals *, enum refusal, const char *line);

/* One counter for each; returns how many there are. */
size_t refusals_stats(const struct refusals *, struct rudder_stat *, size_t n);

#endif
