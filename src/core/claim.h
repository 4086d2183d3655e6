/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.h - what a lease in the registry is to us. Pure.
 *
 * A lease says who has it by a PublicIP and, where rudder wrote it, by the id
 * of a machine. Ours has both of ours; one without an id, as the family
 * writes them, is ours by its PublicIP. Our PublicIP with the id of another
 * machine is a twin: two machines that cannot both be reached (F48).
 */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

#include <rudder/module.h>

#include "attrs.h"
#include "config.h"

/* Of a host that holds nothing yet. */
enum claim { CLAIM_OTHER, CLAIM_OURS, CLAIM_TWIN };

/*
 * At `former`, the subnet that we had, a lease with our id is ours whatever
 * its PublicIP: our address has changed since.
 */
enum claim claim_of(const struct attrs *ours, struct rudder_net former,
    const struct rudder_record *);

/* May it be leased, as the network config is today? */
bool claim_fits(const struct config *, struct rudder_net subnet);

/* What a list means for a host that holds nothing yet. NULL: no such. */
struct survey {
	const struct rudder_record *ours; /* the one to use, which fits */
	const struct rudder_record *twin;
	const struct rudder_record *in_the_way; /* over `former`, not ours */
	uint64_t taken; /* of the subnets that there are to lease */
};

/* Of several that are ours the one at `former` goes first. */
void claim_survey(struct survey *, const struct config *, const struct attrs *,
    struct rudder_net former, const struct rudder_answer *);

/*
 * A lease that we do not need beside that on `subnet`, and that nobody else
 * can have written: it has our id. NULL: none.
 */
const struct rudder_record *claim_spare(const struct attrs *,
    struct rudder_net subnet, const struct rudder_answer *);

/* The lease on `subnet`; NULL: none. */
const struct rudder_record *claim_find(
    struct rudder_net subnet, const struct rudder_answer *);

#endif
