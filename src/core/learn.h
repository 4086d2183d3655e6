/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn.h - the network config, at the beginning: waited for, read, and held
 * against what this host is.
 *
 *	ask ---> wait for it ---> read ---> does it fit? ---> on_learned
 *	                            |            |
 *	                            '------------'----------> on_refused
 *
 * It fits where it means our backend, where our options agree with it, and
 * where the overlay takes nothing away that this machine lives by (F52).
 * What comes after it is followed by revise.h.
 */
#ifndef CORE_LEARN_H
#define CORE_LEARN_H

#include "config.h"
#include "link.h"
#include "options.h"
#include "query.h"

struct learn {
	struct context *ctx;
	struct query query;
	bool waited; /* it was said that there is none yet */

	/* Set by the owner, before learn_begin(). */
	struct config *config; /* what is filled */
	struct options *options;
	const struct rudder_module *backend;
	const struct link *link; /* what carries our packets */
	uint32_t public_ip;
	bool force_overlap; /* a Network that overlaps is but warned of */

	/* `index`: from where on another config is news. */
	void (*on_learned)(void *arg, uint64_t index);
	void (*on_refused)(void *arg, int err, const char *why);
	void *arg;
};

void learn_init(
    struct learn *, struct context *, const struct registry *, void *arg);

/* One of the two is called, later. */
void learn_begin(struct learn *);

void learn_stop(struct learn *);

#endif
