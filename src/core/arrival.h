/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arrival.h - what a host that holds nothing makes of a list of all leases.
 *
 *	ours is there, and fits the config		adopt it
 *	`former`, that we had, is free			create it again
 *	`former` is another's by now			end, or as if there
 *							were none
 *	a twin is there: our PublicIP, another id	end (F48)
 *	none of these					create a free one
 *	and none is free				wait
 *
 * It only decides, and says what somebody should know; the lease does it.
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

	bool crowded; /* it was said that few are free */
	bool untidy;  /* and that there are more of ours than one */
};

enum arrival_step {
	ARRIVAL_ADOPT,	/* the record */
	ARRIVAL_CREATE, /* a lease on the subnet */
	ARRIVAL_WAIT,	/* why */
	ARRIVAL_END,	/* why */
};

struct verdict {
	enum arrival_step step;
	const struct rudder_record *record; /* of the answer */
	struct rudder_net subnet;
	char why[ERROR_WHY];
};

/* `races`: how many writes in a row somebody else was faster with. */
struct verdict arrival_judge(
    struct arrival *, const struct rudder_answer *, unsigned races);

#endif
