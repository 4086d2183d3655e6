/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members.h - the other hosts as the backend has them.
 *
 * Who is in force (roster.h) is told to the backend, and who is not any more
 * is taken back: all at once, in members_settle(), when everything is known
 * that an answer had to say. One whose lease is gone stays for a while.
 */
#ifndef CORE_MEMBERS_H
#define CORE_MEMBERS_H

#include <rudder/module.h>

#include "config.h"
#include "context.h"
#include "refusals.h"
#include "roster.h"

struct members {
	struct context *ctx;

	/* Set by the owner. */
	const struct rudder_backend *backend;
	void *backend_state;
	const struct config *config;
	struct rudder_net own;
	uint32_t public_ip; /* ours */

	struct roster roster;
	unsigned generation;	    /* of the list that is being compared */
	TAILQ_HEAD(, peer) leaving; /* whose lease is gone, longest first */
	struct timer leave;
	struct refusals refusals;
	unsigned beaten; /* leases that are not in force */
	bool incomplete; /* something could not be done */
	bool suspended;	 /* the backend knows none of them */

	/* Something could not be done outside of an answer: list again. */
	void (*on_incomplete)(void *arg);
	void *arg;
};

void members_init(struct members *, struct context *, void *arg);
void members_stop(struct members *);
void members_fini(struct members *);

/* What the owner sets is set. */
void members_begin(struct members *);

/* A lease is there, and may be believed. */
void members_set(struct members *, const struct rudder_record *, uint32_t ip);

/* Its lease is there, and says what we know. */
void members_keep(struct members *, struct peer *);

/* Its lease is gone; the first to miss one is the first to leave. */
void members_miss(struct members *, struct peer *);

/* At once. `why` ends a sentence: "left". */
void members_remove(struct members *, struct peer *, const char *why);

/* Around a list: who is not set or kept between these is missed. */
void members_begin_list(struct members *);
void members_end_list(struct members *);

/* < 0: not all could be done; a list is to bring it again. */
int members_settle(struct members *);

/* Between these two the backend knows none of them. */
void members_suspend(struct members *);
void members_resume(struct members *);

#endif
