/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.h - what a lease in the registry is to us. Pure.
 *
 * A lease says who has it by a PublicIP and, where rudder wrote it, by the id
 * of a machine. Ours has both of ours; one without an id, as the family
 * writes them, is ours by its PublicIP. Our PublicIP with the id of another
 * machine is a twin: two machines that cannot both be reached (F48). Of twins
 * the one whose lease is older stays.
 *
 * Our id with another PublicIP is what we had before our address changed; or
 * it is a clone: a machine whose disk was copied with its machine-id.
 */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

#include <rudder/module.h>

#include "attrs.h"
#include "config.h"
#include "error.h"

/* Of a host that holds nothing yet. */
enum claim { CLAIM_OTHER, CLAIM_OURS, CLAIM_MOVED, CLAIM_TWIN };

/*
 * At `former`, the subnet that we had, a lease with our id and another
 * PublicIP is CLAIM_MOVED. A reservation is never written, so it is not.
 */
enum claim claim_of(const struct attrs *ours, struct rudder_net former,
    const struct rudder_record *);

/* May it be leased, as the network config is today? */
bool claim_fits(const struct config *, struct rudder_net subnet);

/* What a list means for a host that holds nothing yet. NULL: no such. */
struct survey {
	const struct rudder_record *ours; /* the one to use, which fits */
	const struct rudder_record *moved;
	const struct rudder_record *twin;	/* the oldest */
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

/*
 * Did the lease on `a` begin before that on `b`? Where the registry does not
 * know, the lower subnet did: it is the same for whoever looks.
 */
bool claim_is_older(
    const struct rudder_record *a, const struct rudder_record *b);

/* A value that says nothing reserves nothing: it is written over like any. */
bool claim_is_reservation(const struct rudder_record *);

/* A sentence about a twin's lease, for the one that has to yield. */
void claim_say_twin(char why[ERROR_WHY], const struct attrs *ours,
    const struct rudder_record *twin);

/* True, and a sentence about how it came and what to do. */
typedef bool claim_word(char why[ERROR_WHY], const struct attrs *ours,
    const struct rudder_record *);

claim_word claim_is_clone;     /* it was ours, and is that of a clone */
claim_word claim_is_asked_for; /* a clone asks for what is ours */
claim_word claim_is_reserved_elsewhere; /* it is ours at another PublicIP */

/*
 * Another's lease that overlaps with `subnet`, and goes before a new one there
 * with everybody who believes it; see roster.h. NULL: none.
 */
const struct rudder_record *claim_over(const struct config *,
    const struct attrs *ours, struct rudder_net subnet,
    const struct rudder_answer *);

/* The lease on `subnet`; NULL: none. */
const struct rudder_record *claim_find(
    struct rudder_net subnet, const struct rudder_answer *);

#endif
