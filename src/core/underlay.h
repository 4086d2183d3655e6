/* SPDX-License-Identifier: Apache-2.0 */
/*
 * underlay.h - the interface that carries our packets: found once, and
 * followed from then on.
 *
 *	find ------> found ------> look ------> look ------> ...
 *	 ^  | not     |             | it is another: on_moved
 *	 '--'  yet    | on_found    | it has gone: said once, nothing changes
 *
 * We look when the kernel has news, a moment later, because news seldom come
 * alone; and every LOOK_MS whatever it says, because it may say nothing. An
 * interface or an address that goes away takes nothing with it: until it is
 * back, or there is another one by the same rule, all stays as it was.
 */
#ifndef CORE_UNDERLAY_H
#define CORE_UNDERLAY_H

#include <event2/event_struct.h>

#include "link.h"
#include "retry.h"

#define LOOK_MS 10000
#define LOOK_SOON_MS 250

struct underlay {
	struct context *ctx;
	const char *iface;  /* what was asked for; NULL: the default route's */
	const char *own;    /* our tunnel; NULL: there is none yet */
	struct link link;   /* the one in use */
	struct facts facts; /* of the last look that saw them */
	struct retry retry;
	struct timer look;
	struct event news; /* of the watch */
	int watch;	   /* its descriptor; < 0: there is none */
	bool found;
	bool soon;    /* the look comes early, because of news */
	bool gone;    /* and that was said */
	bool stopped; /* inside of a callback, too */

	void (*on_found)(void *arg);

	/*
	 * The link is another; it was `from`. With an error and a sentence it
	 * stays that, and the move is tried again later.
	 */
	int (*on_moved)(
	    void *arg, const struct link *from, char why[ERROR_WHY]);
	void (*on_failed)(void *arg, int err, const char *why);
	void *arg;
};

void underlay_init(struct underlay *, struct context *, void *arg);

/* Iface is set. on_found or on_failed follow, perhaps at once. */
void underlay_find(struct underlay *);

/* No callback any more. */
void underlay_stop(struct underlay *);

void underlay_fini(struct underlay *);

#endif
