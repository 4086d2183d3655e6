/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "attrs.h"
#include "net.h"
#include "peers.h"

/* Ten to fifteen minutes between lists. */
#define RELIST_MS 600000
#define RELIST_SPREAD_MS 300000

/*
 * A lease that is gone says that its host has left, or that the registry lost
 * it: then the host claims it again, as soon as it hears of that. For so long,
 * which is three times the longest wait between two attempts, it is not
 * believed to have left, and packets flow (F13, F15).
 */
#define GRACE_MS 15000

/*
 * One list costs as much as so many answers of a watch. Where so many wait
 * there are more to come, as when a thousand hosts start at once: a moment
 * later one list says it all.
 */
#define FAR_BEHIND 32
#define CATCH_UP_MS 500
#define CATCH_UP_SPREAD_MS 1000

/* A registry that loses its history faster is given time to recover. */
#define LOST_MS 10000

/*
 * Those that lose the history lose it together: for each other host there is,
 * so long, in ms, are their lists apart. One alone does not wait.
 */
#define APART_MS 1

/* Until what the backend did not take back is tried again. */
#define RESTORE_MS 1000

static void on_relist(void *arg);
static void on_leave(void *arg);
static void on_list(void *arg, const struct rudder_answer *);
static void on_events(void *arg, const struct rudder_answer *);

void
peers_init(struct peers *p, struct context *ctx,
    const struct registry *registry, void *arg)
{
	*p = (struct peers){
		.ctx = ctx, .refusals = { .ctx = ctx }, .arg = arg
	};
	query_init(&p->query, ctx, registry, "peers", p);
	timer_init(&p->relist, &ctx->clock, on_relist, p);
	timer_init(&p->leave, &ctx->clock, on_leave, p);
	TAILQ_INIT(&p->leaving);
}

void
peers_stop(struct peers *p)
{
	timer_stop(&p->relist);
	timer_stop(&p->leave);
	query_stop(&p->query);
}

void
peers_fini(struct peers *p)
{
	roster_fini(&p->roster);
}

/* ---- The table and the backend --------------------------------------------------- */

static void
stop_leaving(struct peers *p, struct peer *peer)
{
	if (peer->leaves == 0)
		return;
	TAILQ_REMOVE(&p->leaving, peer, next);
	peer->leaves = 0;
}

/* The backend has it exactly where it is in force, and packets may flow. */
static int
tell(struct peers *p, struct peer *peer)
{
	bool wanted = peer->in_force && !p->suspended;
	uint32_t ip = wanted ? peer->public_ip : 0;
	int rc = 0;

	if (ip == peer->told)
		return 0;
	if (ip != 0)
		rc = p->backend->peer_set(p->backend_state, peer->subnet, ip);
	else
		p->backend->peer_del(p->backend_state, peer->subnet);
	if (rc == 0)
		peer->told = ip;
	return rc;
}

static void
remove_peer(struct peers *p, struct peer *peer, const char *why)
{
	char net[NET_TEXT], ip[NET_TEXT];

	context_log(p->ctx, INFO, "peers: %s at %s %s",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip), why);
	if (peer->told != 0)
		p->backend->peer_del(p->backend_state, peer->subnet);
	p->beaten -= peer->refused;
	stop_leaving(p, peer);
	roster_drop(&p->roster, peer);
}

static void
say_beaten(struct peers *p, const struct peer *peer)
{
	char net[NET_TEXT], ip[NET_TEXT], with[NET_TEXT], at[NET_TEXT];
	const struct peer *winner = peer->beaten_by;
	char line[ERROR_WHY];

	snprintf(line, sizeof(line),
	    "%s at %s is refused: it overlaps with %s%s at %s, which goes "
	    "before it; delete the wrong one of the two from the registry",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip),
	    winner != NULL ? "" : "ours, ",
	    net_cidr(with, winner != NULL ? winner->subnet : p->own),
	    net_ip(at, winner != NULL ? winner->public_ip : p->public_ip));
	refusals_say(&p->refusals, REFUSED_OVERLAP, line);
}

static void
say_place(struct peers *p, struct peer *peer)
{
	char net[NET_TEXT], ip[NET_TEXT];

	if (peer->said != peer->public_ip)
		context_log(p->ctx, INFO, "peers: %s %s %s",
		    net_cidr(net, peer->subnet),
		    peer->said == 0 ? "is at" : "moved to",
		    net_ip(ip, peer->public_ip));
	peer->said = peer->public_ip;
}

static void
withdraw(struct peers *p, struct peer *peer)
{
	tell(p, peer);
	if (peer->refused)
		return;
	peer->refused = true;
	peer->said = 0;
	p->beaten++;
	say_beaten(p, peer);
}

static void
put_in(struct peers *p, struct peer *peer)
{
	p->beaten -= peer->refused;
	peer->refused = false;
	if (tell(p, peer) < 0)
		p->incomplete = true;
	else
		say_place(p, peer);
}

/* Who is not in force any more goes, before who is now comes. */
static void
settle(struct peers *p)
{
	struct peer *peer;

	if (roster_judge(&p->roster, p->config->subnet_len) < 0)
		p->incomplete = true;
	TAILQ_FOREACH (peer, &p->roster.changed, change) {
		if (!peer->in_force)
			withdraw(p, peer);
	}
	while ((peer = roster_next_change(&p->roster)) != NULL) {
		if (peer->in_force)
			put_in(p, peer);
	}
}

/* Where no answer is being worked through: a list mends what is missing. */
static void
mend_later(struct peers *p)
{
	if (p->incomplete)
		timer_set(&p->relist, RESTORE_MS);
	p->incomplete = false;
}

/* ---- One lease of somebody else's ------------------------------------------ */

/* Its lease is there, and says what we know. */
static void
stay(struct peers *p, struct peer *peer)
{
	stop_leaving(p, peer);
	peer->generation = p->generation;
}

/* Its lease is gone; the first to miss one is the first to leave. */
static void
miss(struct peers *p, struct peer *peer)
{
	char net[NET_TEXT], ip[NET_TEXT];

	if (peer->leaves != 0)
		return;
	context_log(p->ctx, INFO,
	    "peers: the lease of %s at %s is gone; its packets flow for "
	    "another %d s",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip),
	    GRACE_MS / 1000);
	peer->leaves = clock_now(&p->ctx->clock) + GRACE_MS;
	TAILQ_INSERT_TAIL(&p->leaving, peer, next);
	if (!timer_is_set(&p->leave))
		timer_set(&p->leave, GRACE_MS);
}

static void
on_leave(void *arg)
{
	struct peers *p = arg;
	struct peer *peer;
	uint64_t now = clock_now(&p->ctx->clock);

	while ((peer = TAILQ_FIRST(&p->leaving)) != NULL && peer->leaves <= now)
		remove_peer(p, peer, "left");
	if (peer != NULL)
		timer_set(&p->leave, peer->leaves - now);
	settle(p);
	mend_later(p);
}

static void
believe(struct peers *p, struct peer *peer, const struct rudder_record *r,
    uint32_t public_ip)
{
	if (peer == NULL)
		peer = roster_add(&p->roster, r->subnet);
	if (peer == NULL) {
		p->incomplete = true;
		return;
	}
	p->roster.stale |= peer->created != r->created;
	peer->created = r->created;
	peer->public_ip = public_ip;
	roster_changed(&p->roster, peer);
	stay(p, peer);
}

/* A value that says nothing takes nothing away: hosts of 2014 renew so (F04). */
static void
pass_over(struct peers *p, struct peer *peer, const struct rudder_record *r)
{
	char net[NET_TEXT], line[ERROR_WHY];

	if (peer != NULL)
		stay(p, peer);
	snprintf(line, sizeof(line), "%s has no PublicIP in \"%.64s\": %s",
	    net_cidr(net, r->subnet), r->value,
	    peer != NULL ? "it stays where it was" : "passed over");
	refusals_say(&p->refusals, REFUSED_VALUE, line);
}

static void
refuse(struct peers *p, struct peer *peer, const struct rudder_record *r,
    enum refusal which)
{
	char net[NET_TEXT], line[ERROR_WHY];

	snprintf(line, sizeof(line), "%s with %.64s is refused: %s",
	    net_cidr(net, r->subnet), r->value, refusals_why(which));
	refusals_say(&p->refusals, which, line);
	if (peer != NULL)
		remove_peer(p, peer, "is not believed any more");
	if (which == REFUSED_OURS)
		p->on_namesake(p->arg, r);
}

static void
apply(struct peers *p, const struct rudder_record *r)
{
	const struct grounds grounds = { p->config->network, p->public_ip,
		p->facts };
	struct peer *peer = roster_find(&p->roster, r->subnet);
	enum refusal which;
	struct attrs a;

	if (r->value == NULL) {
		if (peer != NULL)
			miss(p, peer);
		return;
	}
	if (attrs_parse(&a, r->value) < 0) {
		pass_over(p, peer, r);
		return;
	}
	which = refusals_find(&grounds, r->subnet, a.public_ip);
	if (which < REFUSALS)
		refuse(p, peer, r, which);
	else
		believe(p, peer, r, a.public_ip);
}

/* True: it was ours. */
static bool
take(struct peers *p, const struct rudder_record *r)
{
	bool own = net_equal(r->subnet, p->own);

	if (own)
		p->on_own(p->arg, r);
	else
		apply(p, r);
	return own;
}

void
peers_judge(struct peers *p)
{
	p->roster.stale = true;
	settle(p);
	mend_later(p);
}

/* ---- Quarantine --------------------------------------------------------------- */

static void
on_quarantine(void *arg, struct peer *peer)
{
	struct peers *p = arg;

	if (tell(p, peer) < 0)
		p->incomplete = true;
}

void
peers_suspend(struct peers *p)
{
	p->suspended = true;
	roster_walk(&p->roster, on_quarantine, p);
}

void
peers_resume(struct peers *p)
{
	p->suspended = false;
	roster_walk(&p->roster, on_quarantine, p);
	mend_later(p);
}

/* ---- List ------------------------------------------------------------------- */

static void
list(void *arg)
{
	struct peers *p = arg;

	timer_stop(&p->relist);
	query_send(&p->query, p->query.registry->ops->list, on_list, list);
}

static void
watch(void *arg)
{
	struct peers *p = arg;

	query_send(&p->query, p->query.registry->ops->watch, on_events, watch);
}

void
peers_follow(struct peers *p)
{
	roster_init(&p->roster, p->own);
	list(p);
}

/* What the list did not have. */
static void
on_each(void *arg, struct peer *peer)
{
	struct peers *p = arg;

	if (peer->generation != p->generation)
		miss(p, peer);
}

static void
compare(struct peers *p, const struct rudder_answer *answer)
{
	bool own = false;

	p->generation++;
	for (size_t i = 0; i < answer->n_records; i++)
		own |= take(p, &answer->records[i]);
	roster_walk(&p->roster, on_each, p);
	settle(p);
	if (!own)
		p->on_own(p->arg, NULL);
	context_log(p->ctx, DEBUG, "peers: a list has %u, next is index %llu",
	    p->roster.count, (unsigned long long)answer->index);
}

/* What to do when an answer has been worked through. */
static void
go_on(struct peers *p, uint64_t index)
{
	p->query.request.index = index;
	if (!p->incomplete) {
		if (!p->lost)
			query_ok(&p->query);
		watch(p);
		return;
	}
	p->incomplete = false;
	query_later(&p->query, "the backend did not take a route", list);
}

static uint64_t
relist_ms(struct peers *p)
{
	return RELIST_MS + context_random(p->ctx, RELIST_SPREAD_MS);
}

/* An index that went back is another history (F15, F16). */
static void
on_list(void *arg, const struct rudder_answer *answer)
{
	struct peers *p = arg;
	bool replaced = answer->index < p->query.request.index;

	if (answer->err < 0) {
		query_later(&p->query, answer->why, list);
		return;
	}
	p->listed = clock_now(&p->ctx->clock);
	timer_set(&p->relist, relist_ms(p));
	if (replaced)
		context_log(
		    p->ctx, WARNING, "peers: the registry's data was replaced");
	compare(p, answer);
	go_on(p, answer->index);
}

/* ---- Watch ------------------------------------------------------------------- */

static bool
is_far_behind(const struct rudder_answer *answer)
{
	return answer->newest > answer->index &&
	       answer->newest - answer->index > FAR_BEHIND;
}

static void
catch_up(struct peers *p)
{
	query_ok(&p->query);
	timer_set(&p->relist,
	    CATCH_UP_MS + context_random(p->ctx, CATCH_UP_SPREAD_MS));
}

static void
on_events(void *arg, const struct rudder_answer *answer)
{
	struct peers *p = arg;

	p->lost = answer->err < 0;
	if (answer->err == 0) {
		for (size_t i = 0; i < answer->n_records; i++)
			take(p, &answer->records[i]);
		settle(p);
		if (is_far_behind(answer))
			catch_up(p);
		else
			go_on(p, answer->index);
	} else if (clock_now(&p->ctx->clock) - p->listed < LOST_MS) {
		query_later(&p->query, answer->why, list);
	} else {
		context_log(
		    p->ctx, INFO, "peers: %s; listing again", answer->why);
		timer_set(&p->relist,
		    context_random(p->ctx, APART_MS * p->roster.count + 1));
	}
}

void
peers_again(struct peers *p)
{
	query_stop(&p->query);
	list(p);
}

static void
on_relist(void *arg)
{
	peers_again(arg);
}

/* ---- How it is ------------------------------------------------------------- */

unsigned
peers_count(const struct peers *p)
{
	return p->roster.count;
}

struct visit {
	peers_visit *on_peer;
	void *arg;
};

static void
on_visit(void *arg, struct peer *peer)
{
	const struct visit *v = arg;

	if (peer->in_force)
		v->on_peer(v->arg, peer->subnet, peer->public_ip);
}

void
peers_walk(const struct peers *p, peers_visit *on_peer, void *arg)
{
	struct visit v = { on_peer, arg };

	roster_walk(&p->roster, on_visit, &v);
}

size_t
peers_stats(const struct peers *p, struct rudder_stat *stats, size_t n)
{
	size_t found = refusals_stats(&p->refusals, stats, n);

	if (found < n)
		stats[found] =
		    (struct rudder_stat){ "overlapping", p->beaten, true };
	return found + 1;
}
