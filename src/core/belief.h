/* SPDX-License-Identifier: Apache-2.0 */
/*
 * belief.h - that a subnet is ours, and until when.
 *
 * Each change is one line, in this form, at the moment when it changes;
 * whoever compares the lines of all hosts sees that no subnet has two owners:
 *
 *	lease: 10.1.5.0/24 is ours for 86399 s		(or: by reservation)
 *	lease: 10.1.5.0/24 is ours no longer: WHY
 */
#ifndef CORE_BELIEF_H
#define CORE_BELIEF_H

#include <rudder/types.h>

#include "context.h"

/* Of a reservation. */
#define BELIEF_FOR_EVER UINT64_MAX

struct belief {
	struct context *ctx;
	struct timer deadline;
	struct rudder_net subnet;
	uint64_t until; /* when it ends by itself; 0: there is none */
};

void belief_init(struct belief *, struct context *);

/* From now on, or for longer than before. `until` is in the future. */
void belief_begin(struct belief *, struct rudder_net, uint64_t until);

/* `why` is a sentence; where there is no belief nothing is said. */
void belief_end(struct belief *, const char *why);

/*
 * The timer may be late, after a sleep of the machine or in a turn of the
 * loop that has much to do; what is done then must not rest on a belief whose
 * time is over. To be called before anything that does.
 */
void belief_check(struct belief *);

void belief_stop(struct belief *);

static inline bool
belief_is_held(const struct belief *b)
{
	return clock_now(&b->ctx->clock) < b->until;
}

#endif
