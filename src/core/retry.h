/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.h - the only timer with a backoff: every failure of the core that
 * may heal goes through here.
 *
 * It also is the one voice about such failures: it speaks up at the first
 * one, then at most once in RETRY_QUIET ms however often things fail, and
 * when all is well again.
 */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include "backoff.h"
#include "context.h"
#include "error.h"

#define RETRY_QUIET 10000

struct retry {
	struct context *ctx;
	const char *what; /* the subject: "lease" */
	void (*again)(void *arg);
	void *arg;
	struct timer timer;
	struct backoff backoff;
	uint64_t since; /* the first failure; 0: all is well */
	uint64_t spoken;
	bool hushed; /* another speaks of the same: RUDDER_DEBUG will do */
	char why[ERROR_WHY]; /* of the last failure */
};

void retry_init(struct retry *, struct context *, const char *what, void *arg);

/* Calls again(arg) after a while. `why` is a sentence. */
void retry_later(struct retry *, const char *why, void (*again)(void *));

/* It worked: the next failure is a first one. */
void retry_ok(struct retry *);

void retry_stop(struct retry *);

#endif
