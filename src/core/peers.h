/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - everybody else's leases, carried to the backend as they change.
 *
 *	list ---> watch ---> watch ---> ...
 *	  ^         | history lost, or RELIST passed
 *	  '---------'
 *
 * A list is compared with what we know, value by value; then each answer of
 * the watch says from where on the next one must look, so that nothing is
 * lost between them and nothing is invented. Our own lease is never in the
 * table: what is seen of it goes to on_own.
 *
 * Of leases that overlap not all are in force (roster.h): those that are not
 * stay out of the backend until they are, and each is told of.
 *
 * A peer whose lease is gone stays in the table, and in the backend, for a
 * while: mostly it is the registry that has a bad day, and its host claims
 * the same subnet again. Another host that claims it meanwhile has it at once.
 *
 * From time to time we list all the same: a watch cannot tell that the
 * registry's data was replaced under it.
 */
#ifndef CORE_PEERS_H
#define CORE_PEERS_H

#include "members.h"
#include "query.h"

struct peers {
	struct context *ctx;
	struct query query;
	struct timer relist;
	struct members members;
	const struct facts *facts; /* of this machine, as they were last seen */
	uint64_t listed;	   /* when */
	bool incomplete;	   /* the backend refused something */
	bool lost;		   /* the last watch found its history gone */

	void (*on_own)(void *arg, const struct rudder_record *);
	/* Another lease with our PublicIP. */
	void (*on_namesake)(void *arg, const struct rudder_record *);
	void *arg;
};

void peers_init(
    struct peers *, struct context *, const struct registry *, void *arg);
void peers_fini(struct peers *);

/* Facts are set, and what the members want. */
void peers_follow(struct peers *);

/*
 * Between these two the backend knows no peers, so that no packets flow; the
 * table and the watch go on.
 */
void peers_suspend(struct peers *);
void peers_resume(struct peers *);

/* The config has another SubnetLen. */
void peers_judge(struct peers *);

/* Lists now, whatever was heard. Only after peers_follow(). */
void peers_again(struct peers *);

void peers_stop(struct peers *);

/* How many leases of others there are, those that are not in force too. */
unsigned peers_count(const struct peers *);

/* At most n of what is counted; returns how many there are. */
size_t peers_stats(const struct peers *, struct rudder_stat *, size_t n);

/* Calls on_peer for each in force, in the order of their subnets. */
typedef void peers_visit(void *arg, struct rudder_net, uint32_t public_ip);
void peers_walk(const struct peers *, peers_visit *on_peer, void *arg);

#endif
