/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.h - ours: find it or take it, keep it, notice what happens to it.
 *
 *	             twin: the end        ours
 *	 first list ---------------------------------.
 *	     |  ^                                    |
 *	none |  | taken meanwhile                    |
 *	     v  |                                    v
 *	   create ---------------------------->     HELD   <-------------------.
 *	                                         |   |   |                     |
 *	        .--------------------------------'   |   '-----------.         |
 *	        | a third of its time is gone        | its time      | gone    |
 *	        v                                    v is over       |         |
 *	      renew ---> HELD                     OVERDUE            |         |
 *	        |                                  |   |             v         |
 *	        | it is not what it was: list      |   '--------> create ------+
 *	        |                                  |                ^ |        |
 *	        |       another has it             v         gone   | | taken  |
 *	        '------------------------------> TAKEN -------------' |        |
 *	                                           ^                  |        |
 *	                                           '------------------'   HELD-'
 *
 * Every write has a condition: a subnet is created only where there is
 * nothing, and renewed only as we last saw it. A write whose answer was lost
 * may have been done all the same, so after each failure we list and look.
 *
 * Whoever has had a subnet wants that one again and no other, because
 * containers live in it: the one that we held in this life, and at its
 * beginning `former`, the one of the life before.
 *
 *   HELD     we believe that it is ours, until a moment that is counted from
 *            when the write was sent: our belief ends before the registry's.
 *   OVERDUE  it could not be renewed in time. Nobody else is known to have it,
 *            so packets flow; but it is ours no longer until a write succeeds.
 *   TAKEN    somebody else has it. on_loss says what to do: go on as if
 *            nothing were, let no packets flow, or end. In the first two we
 *            wait for it to be free again, and take it back.
 *
 * Two lives of one machine-id, a machine and its clone, both want the same
 * subnet. Who starts asks whether the other one lives (arrival.h), and who
 * lives answers by writing its lease again. One whose lease is taken over all
 * the same, because it could not hear of the question, has lost it to another.
 *
 * A lease without an end that says whose it is is a reservation: it is used,
 * and never written. One that is ours beside the one in use is given up, if it
 * has our node id.
 *
 * What somebody writes over ours without a word about whose it is now, as
 * hosts of 2014 do and careless tools, does not take it away while our time
 * lasts: it is written anew, with our value and our time.
 */
#ifndef CORE_LEASE_H
#define CORE_LEASE_H

#include "arrival.h"
#include "attrs.h"
#include "belief.h"
#include "config.h"
#include "deed.h"
#include "terms.h"
#include "twin.h"

struct lease {
	struct context *ctx;
	const struct config *config;
	struct lease_terms terms;
	struct attrs attrs; /* ours */
	struct deed deed;
	struct belief belief;
	struct arrival arrival;
	struct timer renewal;
	uint64_t heard; /* version that the watch told of since; 0: none */
	uint64_t since; /* when it was first held */
	bool known;	/* subnet is set: we have it, or had it */
	bool missed;	/* it was said that it is gone */
	bool busy;	/* between a list and being held */
	bool taken;	/* it was said that another has it */
	bool untidy;	/* there are more of ours, to be given up */
	struct twin twin;
	void (*on_held)(void *arg); /* and each time that it was renewed */
	/* Another has it, and LEASE_QUARANTINE holds; on_held may follow. */
	void (*on_lost)(void *arg, const char *why);
	void (*on_conflict)(void *arg, const char *why); /* the end */
	void *arg;
};

void lease_init(
    struct lease *, struct context *, const struct registry *, void *arg);
void lease_fini(struct lease *);

/* Config, terms and attrs are set. on_held or on_conflict follow, later. */
void lease_take(struct lease *);

/*
 * The host is at another PublicIP: so is the lease, as soon as the registry
 * takes it, under the condition of every renewal and with the same subnet.
 */
void lease_move(struct lease *, uint32_t public_ip);

/*
 * What the watch of the peers saw of our key: a record whose value may be
 * gone, or NULL: a list had no such key.
 */
void lease_heard(struct lease *, const struct rudder_record *);

/*
 * Another lease has our PublicIP. If that is a twin's, the younger of the two
 * is given up, and where that is ours on_conflict follows, later: twins that
 * started together did not see each other in their first lists.
 */
void lease_namesake(struct lease *, const struct rudder_record *);

void lease_stop(struct lease *);

/* We have a lease, and its time is not over. */
static inline bool
lease_is_held(const struct lease *l)
{
	return belief_is_held(&l->belief);
}

#endif
