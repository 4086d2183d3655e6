/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "error.h"
#include "members.h"
#include "net.h"

/*
 * A lease that is gone says that its host has left, or that the registry lost
 * it: then the host claims it again, as soon as it hears of that. For so long,
 * which is three times the longest wait between two attempts, it is not
 * believed to have left, and packets flow (F13, F15).
 */
#define GRACE_MS 15000

static void on_leave(void *arg);

void
members_init(struct members *m, struct context *ctx, void *arg)
{
	*m = (struct members){
		.ctx = ctx, .refusals = { .ctx = ctx }, .arg = arg
	};
	timer_init(&m->leave, &ctx->clock, on_leave, m);
	TAILQ_INIT(&m->leaving);
}

void
members_begin(struct members *m)
{
	roster_init(&m->roster, m->own);
}

void
members_stop(struct members *m)
{
	timer_stop(&m->leave);
}

void
members_fini(struct members *m)
{
	roster_fini(&m->roster);
}

/* ---- The table and the backend --------------------------------------------------- */

static void
stop_leaving(struct members *m, struct peer *peer)
{
	if (peer->leaves == 0)
		return;
	TAILQ_REMOVE(&m->leaving, peer, next);
	peer->leaves = 0;
}

/* The backend has it exactly where it is in force, and packets may flow. */
static int
tell(struct members *m, struct peer *peer)
{
	bool wanted = peer->in_force && !m->suspended;
	uint32_t ip = wanted ? peer->public_ip : 0;
	int rc = 0;

	if (ip == peer->told)
		return 0;
	if (ip != 0)
		rc = m->backend->peer_set(m->backend_state, peer->subnet, ip);
	else
		m->backend->peer_del(m->backend_state, peer->subnet);
	if (rc == 0)
		peer->told = ip;
	return rc;
}

void
members_remove(struct members *m, struct peer *peer, const char *why)
{
	char net[NET_TEXT], ip[NET_TEXT];

	context_log(m->ctx, INFO, "peers: %s at %s %s",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip), why);
	if (peer->told != 0)
		m->backend->peer_del(m->backend_state, peer->subnet);
	m->beaten -= peer->refused;
	stop_leaving(m, peer);
	roster_drop(&m->roster, peer);
}

static void
say_beaten(struct members *m, const struct peer *peer)
{
	char net[NET_TEXT], ip[NET_TEXT], with[NET_TEXT], at[NET_TEXT];
	const struct peer *winner = peer->beaten_by;
	char line[ERROR_WHY];

	snprintf(line, sizeof(line),
	    "%s at %s is refused: it overlaps with %s%s at %s, which goes "
	    "before it; delete the wrong one of the two from the registry",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip),
	    winner != NULL ? "" : "ours, ",
	    net_cidr(with, winner != NULL ? winner->subnet : m->own),
	    net_ip(at, winner != NULL ? winner->public_ip : m->public_ip));
	refusals_say(&m->refusals, REFUSED_OVERLAP, line);
}

static void
say_place(struct members *m, struct peer *peer)
{
	char net[NET_TEXT], ip[NET_TEXT];

	if (peer->said != peer->public_ip)
		context_log(m->ctx, INFO, "peers: %s %s %s",
		    net_cidr(net, peer->subnet),
		    peer->said == 0 ? "is at" : "moved to",
		    net_ip(ip, peer->public_ip));
	peer->said = peer->public_ip;
}

static void
withdraw(struct members *m, struct peer *peer)
{
	tell(m, peer);
	if (peer->refused)
		return;
	peer->refused = true;
	peer->said = 0;
	m->beaten++;
	say_beaten(m, peer);
}

static void
put_in(struct members *m, struct peer *peer)
{
	m->beaten -= peer->refused;
	peer->refused = false;
	if (tell(m, peer) < 0)
		m->incomplete = true;
	else
		say_place(m, peer);
}

/*
 * Who is not in force any more goes, before who is now comes. Where it cannot
 * be told who is, all waits.
 */
int
members_settle(struct members *m)
{
	bool incomplete;
	struct peer *peer;

	if (roster_judge(&m->roster, m->config->subnet_len) < 0)
		return -ENOMEM;
	TAILQ_FOREACH (peer, &m->roster.changed, change) {
		if (!peer->in_force)
			withdraw(m, peer);
	}
	while ((peer = roster_next_change(&m->roster)) != NULL) {
		if (peer->in_force)
			put_in(m, peer);
	}
	incomplete = m->incomplete;
	m->incomplete = false;
	return incomplete ? -EAGAIN : 0;
}

/* Where no answer is being worked through: somebody must list. */
static void
settle_alone(struct members *m)
{
	if (members_settle(m) < 0)
		m->on_incomplete(m->arg);
}

/* ---- One lease of somebody else's ------------------------------------------ */

/* Its lease is there, and says what we know. */
void
members_keep(struct members *m, struct peer *peer)
{
	stop_leaving(m, peer);
	peer->generation = m->generation;
}

/* Its lease is gone; the first to miss one is the first to leave. */
void
members_miss(struct members *m, struct peer *peer)
{
	char net[NET_TEXT], ip[NET_TEXT];

	if (peer->leaves != 0)
		return;
	context_log(m->ctx, INFO,
	    "peers: the lease of %s at %s is gone; its packets flow for "
	    "another %d s",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip),
	    GRACE_MS / 1000);
	peer->leaves = clock_now(&m->ctx->clock) + GRACE_MS;
	TAILQ_INSERT_TAIL(&m->leaving, peer, next);
	if (!timer_is_set(&m->leave))
		timer_set(&m->leave, GRACE_MS);
}

static void
on_leave(void *arg)
{
	struct members *m = arg;
	struct peer *peer;
	uint64_t now = clock_now(&m->ctx->clock);

	while ((peer = TAILQ_FIRST(&m->leaving)) != NULL && peer->leaves <= now)
		members_remove(m, peer, "left");
	if (peer != NULL)
		timer_set(&m->leave, peer->leaves - now);
	settle_alone(m);
}

void
members_set(
    struct members *m, const struct rudder_record *r, uint32_t public_ip)
{
	struct peer *peer = roster_find(&m->roster, r->subnet);

	if (peer == NULL)
		peer = roster_add(&m->roster, r->subnet);
	if (peer == NULL) {
		m->incomplete = true;
		return;
	}
	m->roster.stale |= peer->created != r->created;
	peer->created = r->created;
	peer->public_ip = public_ip;
	roster_changed(&m->roster, peer);
	members_keep(m, peer);
}

/* ---- Quarantine --------------------------------------------------------------- */

static void
on_quarantine(void *arg, struct peer *peer)
{
	struct members *m = arg;

	if (tell(m, peer) < 0)
		m->incomplete = true;
}

void
members_suspend(struct members *m)
{
	m->suspended = true;
	roster_walk(&m->roster, on_quarantine, m);
}

void
members_resume(struct members *m)
{
	m->suspended = false;
	roster_walk(&m->roster, on_quarantine, m);
	settle_alone(m);
}

/* ---- Of a list --------------------------------------------------------------- */

void
members_begin_list(struct members *m)
{
	m->generation++;
}

/* What the list did not have. */
static void
on_each(void *arg, struct peer *peer)
{
	struct members *m = arg;

	if (peer->generation != m->generation)
		members_miss(m, peer);
}

void
members_end_list(struct members *m)
{
	roster_walk(&m->roster, on_each, m);
}
