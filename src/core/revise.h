/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revise.h - the network config, followed while the overlay runs.
 *
 * Of a new one the bounds of leasing (SubnetLen, SubnetMin, SubnetMax) are
 * taken at once; they count for leases to come, and ours stays what it is.
 * Network and Backend are what devices and sockets were built from: that
 * they differ is said, with the names of the keys, and the host goes on as it
 * is until it is started again. One that is of no use, or gone, changes
 * nothing.
 */
#ifndef CORE_REVISE_H
#define CORE_REVISE_H

#include "config.h"
#include "query.h"

struct revise {
	struct context *ctx;
	struct query query;
	struct config *config;	      /* the one in use */
	uint64_t looked;	      /* when it was last asked for anew */
	bool missed;		      /* it was said that there is none */
	void (*on_bounds)(void *arg); /* those of leasing are others */
	void *arg;
};

void revise_init(struct revise *, struct context *, const struct registry *);

/* From an index on, as the answer that had `config` in it told it. */
void revise_follow(struct revise *, struct config *, uint64_t index);

/* Reads it now, whatever was heard. Only after revise_follow(). */
void revise_again(struct revise *);

void revise_stop(struct revise *);

#endif
