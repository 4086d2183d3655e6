/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster.h - the leases of everybody else, and which of them are in force.
 *
 * The subnets of a cluster are of one length, and no two leases overlap;
 * unless the config was changed meanwhile, or somebody wrote one by hand. A
 * lease of another length is as good as any where it is alone. Of two that
 * overlap, one would take packets from the other as the more specific route:
 * so one of them is in force, and the other is beaten. This goes first:
 *
 *	1. ours
 *	2. one of the length that the config has
 *	3. the one that began first, as the registry counts
 *	4. the one on the lower subnet, and of two there the wider one
 *
 * A lease is in force where none that goes before it and overlaps with it is.
 * That depends on the leases alone and not on the order in which a host heard
 * of them, so all hosts find the same; except for 1., where a host keeps what
 * its own containers live in, and is told.
 */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rudder/types.h>

struct peer {
	struct rudder_net subnet;
	uint32_t public_ip;
	uint64_t created;	/* when the lease began */
	unsigned generation;	/* of the last list that had it */
	uint64_t leaves;	/* when, as its lease is gone; 0: it is there */
	TAILQ_ENTRY(peer) next; /* among those that leave */

	/* What roster_judge() found. */
	bool in_force;
	const struct peer *beaten_by; /* until the next one; NULL: by ours */

	/* Where something is to be done: see roster_changed(). */
	bool changed;
	TAILQ_ENTRY(peer) change;
	uint32_t told; /* PublicIP that the backend has; 0: it has none */
	uint32_t said; /* and that the log has */
	bool refused;  /* it was said that it is not in force */

	/* For roster_judge() alone. */
	struct peer *above;	  /* the smallest one that contains it */
	const struct peer *under; /* the first in force that it contains */
	bool tangled;		  /* there is one of these, or ours */
	bool fits;
	bool wins;
};

struct roster {
	struct rudder_net own;
	void *tree; /* of struct peer, by subnet; see tsearch(3) */
	unsigned count;
	unsigned lengths[33];	    /* how many of each, with ours */
	TAILQ_HEAD(, peer) changed; /* oldest first */
	bool stale;		    /* to be judged anew */
	bool mixed; /* it was of more than one length since the last time */
};

void roster_init(struct roster *, struct rudder_net own);
void roster_fini(struct roster *);

/* NULL: there is none. */
struct peer *roster_find(const struct roster *, struct rudder_net);

/* Any but ours. NULL: no memory. It is changed. */
struct peer *roster_add(struct roster *, struct rudder_net);

void roster_drop(struct roster *, struct peer *);

/*
 * Something is to be done about it, by who takes it out of the list of these.
 * What was judged anew is put there, too.
 */
void roster_changed(struct roster *, struct peer *);
struct peer *roster_next_change(struct roster *); /* NULL: no more */

/*
 * Finds who is in force, if something of the rule has changed: `stale`.
 * `subnet_len` is the config's. 0, or -ENOMEM: all is as it was.
 */
int roster_judge(struct roster *, unsigned subnet_len);

/* In the order of their subnets. None may be dropped meanwhile. */
void roster_walk(const struct roster *,
    void (*on_peer)(void *arg, struct peer *), void *arg);

#endif
