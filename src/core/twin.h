/* SPDX-License-Identifier: Apache-2.0 */
/*
 * twin.h - another machine with our PublicIP that is seen while we hold a
 * lease (F48).
 *
 * Twins that started together did not see each other in their first lists.
 * The one whose lease is younger yields. One that has long been there does
 * not: ours may be the younger lease because it had to be created anew. And a
 * reservation is an administrator's word.
 */
#ifndef CORE_TWIN_H
#define CORE_TWIN_H

#include <rudder/module.h>

#include "attrs.h"
#include "context.h"
#include "error.h"

struct twin {
	bool yields; /* we do, and `why` is a sentence */
	char why[ERROR_WHY];
};

/* What we have. */
struct standing {
	const struct attrs *attrs;
	struct rudder_record lease; /* its subnet, and when it began */
	bool reserved;
	uint64_t ms; /* since it was first held */
};

/* Looks at a lease with our PublicIP, of which something is said if need be. */
void twin_meet(struct twin *, struct context *, const struct standing *,
    const struct rudder_record *);

#endif
