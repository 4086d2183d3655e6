/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.h - one conversation with the registry: at most one request on its
 * way, or one timer until the next.
 *
 * The config, the lease and the peers have one each. What can heal by
 * itself (RUDDER_EREGISTRY, no memory) never reaches them: the conversation
 * goes on with `again` after a while.
 */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H

#include <rudder/module.h>

#include "retry.h"

struct registry {
	const struct rudder_registry *ops;
	void *state;
};

typedef int query_op(void *registry, struct rudder_request *);

struct query {
	const struct registry *registry;
	struct rudder_request request; /* filled by the owner before a send */
	struct retry retry;
	void (*on_answer)(void *arg, const struct rudder_answer *);
	void (*again)(void *arg);
	void *arg;
	bool pending;
	uint64_t heard; /* when the registry last had an answer; 0: never */
};

void query_init(struct query *, struct context *, const struct registry *,
    const char *what, void *arg);

/* Nothing else may be on its way. `op` is one of registry->ops. */
void query_send(struct query *, query_op *op,
    void (*on_answer)(void *, const struct rudder_answer *),
    void (*again)(void *));

/* The answer was no use: goes on with again(arg) after a while. */
void query_later(struct query *, const char *why, void (*again)(void *));

/*
 * The conversation got where its owner wanted: the next failure is a first
 * one. An answer alone is not enough, or a goal that is never reached would
 * be tried for at full speed.
 */
void query_ok(struct query *);

/* No on_answer and no again any more, until the next send. */
void query_stop(struct query *);

#endif
