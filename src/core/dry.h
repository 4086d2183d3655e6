/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dry.h - a rehearsal: modules for the engine that stand before the real
 * ones, pass on what only looks, and say what would be done of the rest.
 *
 *	       config, list, is_within               open, close
 *	engine ----------------------> registry      engine ------> backend
 *	       - create, renew, release: a line      - attach, peers: a line
 *
 * So the engine tells its whole story, up to the peers, and changes nothing.
 * Its first watch is the end of that: on_settled.
 */
#ifndef CORE_DRY_H
#define CORE_DRY_H

#include <sys/queue.h>

#include <rudder/module.h>

#include "context.h"

struct dry_request;

struct dry {
	/* What the engine is given instead of the real ones. */
	struct rudder_module registry_module;
	struct rudder_module backend_module;

	struct context *ctx;
	struct rudder_registry registry_ops;
	struct rudder_backend backend_ops;
	const struct rudder_module *registry; /* the real ones */
	const struct rudder_module *backend;
	void *registry_state;
	void *backend_state;
	LIST_HEAD(, dry_request) requests; /* that we answer ourselves */
	bool settled;

	/* Once, from a timer. Set by the owner. */
	void (*on_settled)(void *arg);
	void *arg;
};

void dry_init(struct dry *, struct context *, const struct rudder_module *,
    const struct rudder_module *);

#endif
