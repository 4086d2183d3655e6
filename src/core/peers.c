/* SPDX-License-Identifier: Apache-2.0 */
#include <search.h>
#include <stdlib.h>

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

/* Until what the backend did not take back is tried again. */
#define RESTORE_MS 1000

struct peer {
	struct rudder_net subnet;
	uint32_t public_ip;	/* 0: the backend does not have it */
	unsigned generation;	/* of the last list that had it */
	uint64_t leaves;	/* when, as its lease is gone; 0: it is there */
	TAILQ_ENTRY(peer) next; /* among those that leave */
};

static void on_relist(void *arg);
static void on_leave(void *arg);
static void on_list(void *arg, const struct rudder_answer *);
static void on_events(void *arg, const struct rudder_answer *);

void
peers_init(struct peers *p, struct context *ctx,
    const struct registry *registry, void *arg)
{
	*p = (struct peers){ .ctx = ctx, .arg = arg };
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
	tdestroy(p->tree, free);
	p->tree = NULL;
}

/* ---- The table ------------------------------------------------------------ */

static int
by_subnet(const void *a, const void *b)
{
	const struct peer *x = a, *y = b;

	if (x->subnet.addr != y->subnet.addr)
		return x->subnet.addr < y->subnet.addr ? -1 : 1;
	return (int)x->subnet.len - (int)y->subnet.len;
}

static struct peer *
find(const struct peers *p, struct rudder_net subnet)
{
	struct peer key = { .subnet = subnet };
	void *node = tfind(&key, &p->tree, by_subnet);

	return node != NULL ? *(struct peer **)node : NULL;
}

static struct peer *
add(struct peers *p, struct rudder_net subnet)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		return NULL;
	peer->subnet = subnet;
	if (tsearch(peer, &p->tree, by_subnet) == NULL) {
		free(peer);
		return NULL;
	}
	p->count++;
	return peer;
}

static void
stop_leaving(struct peers *p, struct peer *peer)
{
	if (peer->leaves != 0)
		TAILQ_REMOVE(&p->leaving, peer, next);
	peer->leaves = 0;
}

static void
drop(struct peers *p, struct peer *peer)
{
	stop_leaving(p, peer);
	tdelete(peer, &p->tree, by_subnet);
	p->count--;
	free(peer);
}

/* ---- One lease of somebody else's ------------------------------------------ */

/* Why a lease cannot be believed; NULL: it can. */
static const char *
refusal(const struct peers *p, struct rudder_net subnet, uint32_t public_ip)
{
	if (!net_within(subnet, p->network))
		return "it is outside of the overlay's network";
	if (net_overlap(subnet, p->own))
		return "it overlaps with ours";
	if (net_has(p->network, public_ip))
		return "its PublicIP is inside the overlay, where its packets "
		       "would go round for ever";
	if (public_ip == p->public_ip)
		return "its PublicIP is ours";
	if (!net_is_host(public_ip))
		return "its PublicIP is not the address of a host";
	return NULL;
}

static void
remove_peer(struct peers *p, struct peer *peer, const char *why)
{
	char net[NET_TEXT], ip[NET_TEXT];

	context_log(p->ctx, INFO, "peers: %s at %s %s",
	    net_cidr(net, peer->subnet), net_ip(ip, peer->public_ip), why);
	if (!p->suspended && peer->public_ip != 0)
		p->backend->peer_del(p->backend_state, peer->subnet);
	drop(p, peer);
}

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
}

static int
tell(struct peers *p, struct rudder_net subnet, uint32_t public_ip)
{
	if (p->suspended)
		return 0;
	return p->backend->peer_set(p->backend_state, subnet, public_ip);
}

/* The backend hears of it first: the table has only what the backend has. */
static void
set_peer(struct peers *p, struct peer *peer, struct rudder_net subnet,
    uint32_t public_ip)
{
	char net[NET_TEXT], ip[NET_TEXT];
	bool is_new = peer == NULL;

	if (is_new)
		peer = add(p, subnet);
	if (peer == NULL || tell(p, subnet, public_ip) < 0) {
		p->incomplete = true;
		if (peer != NULL && is_new)
			drop(p, peer);
		else if (peer != NULL)
			stay(p, peer); /* where it was */
		return;
	}
	context_log(p->ctx, INFO, "peers: %s %s %s", net_cidr(net, subnet),
	    is_new ? "is at" : "moved to", net_ip(ip, public_ip));
	peer->public_ip = public_ip;
	stay(p, peer);
}

/* A value that says nothing takes nothing away: hosts of 2014 renew so (F04). */
static void
pass_over(struct peers *p, struct peer *peer, const struct rudder_record *r)
{
	char net[NET_TEXT];

	if (peer != NULL)
		stay(p, peer);
	context_log(p->ctx, WARNING,
	    "peers: %s has no PublicIP in \"%.64s\": %s",
	    net_cidr(net, r->subnet), r->value,
	    peer != NULL ? "it stays where it was" : "passed over");
}

static void
refuse(struct peers *p, struct peer *peer, const struct rudder_record *r,
    const char *why)
{
	char net[NET_TEXT];

	context_log(p->ctx, WARNING, "peers: %s with %.64s is refused: %s",
	    net_cidr(net, r->subnet), r->value, why);
	if (peer != NULL)
		remove_peer(p, peer, "is not believed any more");
}

static void
apply(struct peers *p, const struct rudder_record *r)
{
	struct peer *peer = find(p, r->subnet);
	const char *why;
	struct attrs a;

	if (r->value == NULL) {
		if (peer != NULL)
			miss(p, peer);
	} else if (attrs_parse(&a, r->value) < 0) {
		pass_over(p, peer, r);
	} else if ((why = refusal(p, r->subnet, a.public_ip)) != NULL) {
		refuse(p, peer, r, why);
		if (a.public_ip == p->public_ip)
			p->on_namesake(p->arg, r);
	} else if (peer == NULL || peer->public_ip != a.public_ip) {
		set_peer(p, peer, r->subnet, a.public_ip);
	} else {
		stay(p, peer);
	}
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

/* ---- Quarantine --------------------------------------------------------------- */

static void
withdraw(const void *node, VISIT visit, void *closure)
{
	const struct peer *peer = *(struct peer *const *)node;
	struct peers *p = closure;

	if ((visit == postorder || visit == leaf) && peer->public_ip != 0)
		p->backend->peer_del(p->backend_state, peer->subnet);
}

void
peers_suspend(struct peers *p)
{
	if (p->suspended)
		return;
	p->suspended = true;
	twalk_r(p->tree, withdraw, p);
}

/* One that the backend does not take is at no address: a list mends that. */
static void
restore(const void *node, VISIT visit, void *closure)
{
	struct peer *peer = *(struct peer *const *)node;
	struct peers *p = closure;

	if (visit != postorder && visit != leaf)
		return;
	if (tell(p, peer->subnet, peer->public_ip) == 0)
		return;
	peer->public_ip = 0;
	timer_set(&p->relist, RESTORE_MS);
}

void
peers_resume(struct peers *p)
{
	p->suspended = false;
	twalk_r(p->tree, restore, p);
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
	list(p);
}

struct walk {
	peers_visit *on_peer;
	void *arg;
};

static void
on_node(const void *node, VISIT visit, void *closure)
{
	const struct peer *peer = *(struct peer *const *)node;
	const struct walk *walk = closure;

	if (visit == postorder || visit == leaf)
		walk->on_peer(walk->arg, peer->subnet, peer->public_ip);
}

void
peers_walk(const struct peers *p, peers_visit *on_peer, void *arg)
{
	struct walk walk = { on_peer, arg };

	twalk_r(p->tree, on_node, &walk);
}

/* What the list did not have. */
static void
on_each(const void *node, VISIT visit, void *closure)
{
	struct peer *peer = *(struct peer *const *)node;
	struct peers *p = closure;

	if ((visit == postorder || visit == leaf) &&
	    peer->generation != p->generation)
		miss(p, peer);
}

static void
compare(struct peers *p, const struct rudder_answer *answer)
{
	bool own = false;

	p->generation++;
	for (size_t i = 0; i < answer->n_records; i++)
		own |= take(p, &answer->records[i]);
	twalk_r(p->tree, on_each, p);
	if (!own)
		p->on_own(p->arg, NULL);
	context_log(p->ctx, DEBUG, "peers: a list has %u, next is index %llu",
	    p->count, (unsigned long long)answer->index);
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
		if (is_far_behind(answer))
			catch_up(p);
		else
			go_on(p, answer->index);
	} else if (clock_now(&p->ctx->clock) - p->listed < LOST_MS) {
		query_later(&p->query, answer->why, list);
	} else {
		context_log(
		    p->ctx, INFO, "peers: %s; listing again", answer->why);
		list(p);
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
