/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - the story of one machine in one overlay.
 *
 *	LINK    which interface carries our packets?   waits for a default route
 *	CONFIG  what does the overlay look like?       waits for somebody to say
 *	LEASE   which subnet is ours?                  waits for a free one
 *	ATTACH  the backend builds its device
 *	RUN     ready; the peers are followed, the lease is kept
 *
 * It goes forward through these and never back. Where somebody else has our
 * subnet it stays in RUN and lets no packets flow, until it is ours again and
 * on_ready comes once more; see lease.h. What can heal is tried again
 * where it happened; what cannot ends the story with on_failed, once.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include <rudder/rudder.h>

#include "carrier.h"
#include "env.h"
#include "learn.h"
#include "lease.h"
#include "peers.h"
#include "revise.h"
#include "underlay.h"

enum stage { STAGE_LINK, STAGE_CONFIG, STAGE_LEASE, STAGE_ATTACH, STAGE_RUN };

struct engine {
	/* Set by the owner before engine_open(). */
	struct context *ctx;
	struct options *options;
	const struct rudder_module *registry_module;
	const struct rudder_module *backend_module;
	const char *iface;     /* NULL: the one of the default route */
	const char *public_ip; /* NULL: the one of the interface */
	struct lease_terms terms;
	bool force_overlap; /* a Network that overlaps is but warned of */
	void (*on_ready)(void *arg, const struct rudder_lease *);
	void (*on_lost)(void *arg, const char *why);
	void (*on_failed)(void *arg, int err, const char *why);
	void *arg;

	enum stage stage;
	struct timer begin;
	struct underlay underlay;
	struct env registry_env;
	struct registry registry;
	struct learn learn;
	struct config config;
	uint64_t config_index; /* from where on it is news */
	struct revise revise;
	struct lease lease;
	struct carrier carrier;
	struct peers peers;
	bool over; /* it has failed */
};

/*
 * Opens the registry and sets the story off in the next turn of the loop.
 * 0, or an error and *why, a sentence. All zeros but for what the owner sets,
 * before; to be closed in both cases.
 */
int engine_open(struct engine *, const char **why);

/*
 * Looks at the registry anew, as if news had come: at the config and at the
 * peers. Before LEASE there is nothing to be looked at anew.
 */
void engine_reload(struct engine *);

/*
 * Why it does not do its job at this moment, a sentence; NULL: it does. What
 * runs on without its registry does, as long as the lease lasts.
 */
const char *engine_unready(const struct engine *);

/* When the registry last had an answer; 0: never. */
uint64_t engine_heard(const struct engine *);

/* Nothing more comes of it. Not inside of a call from a module. */
void engine_close(struct engine *);

#endif
