/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.h - ours: find it or take it, keep it, notice what happens to it.
 *
 *	         .---------- list <----------------------------.
 *	     ours|             | none                          |
 *	         |          create --- taken meanwhile --------+
 *	         v             v                               |
 *	        held <---------'                               |
 *	         |  a third of its time is gone                |
 *	         '-----> renew --- it is not what it was ------'
 *
 * Every write has a condition: a subnet is created only where there is
 * nothing, and renewed only as we last saw it. A write whose answer was lost
 * may have been done all the same, so after each failure we list and look.
 * Whoever has had a subnet wants that one again and no other, because
 * containers live in it; if another host has it by now, that is a conflict
 * and the end.
 *
 * A lease without an end is a reservation: it is used, and never written.
 */
#ifndef CORE_LEASE_H
#define CORE_LEASE_H

#include "attrs.h"
#include "config.h"
#include "query.h"

/* Seconds. A year's tenth, in ms, still fits into 32 bits. */
#define LEASE_TTL_MIN 5
#define LEASE_TTL_MAX 31536000

/* What to do when another host has our subnet. */
enum lease_loss { LEASE_KEEP, LEASE_QUARANTINE, LEASE_EXIT };

/* What our host wants of its lease. */
struct lease_terms {
	unsigned ttl; /* seconds */
	enum lease_loss on_loss;
	struct rudder_net former; /* the subnet that it had; len 0: none */
	const char *node_id;	  /* "": not told */
};

struct lease {
	struct context *ctx;
	const struct config *config;
	struct lease_terms terms;
	struct attrs attrs;  /* ours */
	uint32_t registered; /* the PublicIP that the registry had last */
	struct query query;
	struct timer renewal;
	struct rudder_net subnet;
	uint64_t version; /* as last seen */
	uint64_t until;	  /* when it ends, unless it is renewed */
	uint64_t heard;	  /* version that the watch told of since; 0: none */
	char *value;	  /* its bytes as the registry has them */
	unsigned races;	  /* lost in a row */
	uint64_t since;	  /* when it was first held */
	bool known;	  /* subnet is set: we have it, or had it */
	bool missed;	  /* it was said that it is gone */
	bool busy;	  /* between a list and being held */
	void (*on_held)(void *arg); /* and each time that it was renewed */
	void (*on_conflict)(void *arg, const char *why);
	void *arg;
};

void lease_init(
    struct lease *, struct context *, const struct registry *, void *arg);
void lease_fini(struct lease *);

/* Config and attrs are set. on_held or on_conflict follow, later. */
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

void lease_stop(struct lease *);

/* We have a lease, and its time is not over. */
static inline bool
lease_is_held(const struct lease *l)
{
	return l->known && clock_now(&l->ctx->clock) < l->until;
}

#endif
