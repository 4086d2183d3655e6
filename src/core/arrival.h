/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arrival.h - what a host that holds nothing makes of a list of all leases.
 *
 *	ours is there, and fits the config		adopt it
 *	ours is at `former`, that we had, with our id
 *	and another address				ask who lives there;
 *							adopt it, if nobody
 *	`former` is free				create it again
 *	`former` is another's by now			end, or as if there
 *							were none
 *	a twin is there: our PublicIP, another id	end (F48), unless ours
 *							is the older lease
 *	none of these					create a free one
 *	and none is free				wait
 *
 * It only decides, and says what somebody should know; the lease does it.
 *
 * The question is for clones: our address may have changed while we were away
 * (F49), or we are a copy of a machine that lives and carries packets. It is
 * written into the lease, and who lives takes it out at once.
 */
#ifndef CORE_ARRIVAL_H
#define CORE_ARRIVAL_H

#include <rudder/module.h>

#include "attrs.h"
#include "config.h"
#include "context.h"
#include "error.h"
#include "terms.h"

struct arrival {
	struct context *ctx;

	/* Set by the owner. */
	const struct config *config;
	const struct attrs *ours;
	struct rudder_net former; /* len 0: none, or none any more */
	enum lease_loss on_loss;
	unsigned races; /* how many writes in a row others were faster with */

	uint64_t asked;	     /* when the question was; 0: it was not */
	uint64_t asked_over; /* the version of the lease before it */
	uint32_t asked_by;   /* our address then */

	bool crowded; /* it was said that few are free */
	bool untidy;  /* and that there are more of ours than one */
};

enum arrival_step {
	ARRIVAL_ADOPT,	/* the record */
	ARRIVAL_CREATE, /* a lease on the subnet */
	ARRIVAL_ASK,	/* the record's owner; then arrival_asked() */
	ARRIVAL_LISTEN, /* look again in so many ms */
	ARRIVAL_WAIT,	/* why */
	ARRIVAL_END,	/* why */
};

struct verdict {
	enum arrival_step step;
	const struct rudder_record *record; /* of the answer */
	struct rudder_net subnet;
	uint64_t ms;
	char why[ERROR_WHY];
};

struct verdict arrival_judge(struct arrival *, const struct rudder_answer *);

/* The question was written over the lease of that version. */
void arrival_asked(struct arrival *, uint64_t version);

#endif
