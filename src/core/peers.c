/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "attrs.h"
#include "net.h"
#include "peers.h"

/* Ten to fifteen minutes between lists. */
#define RELIST_MS 600000
#define RELIST_SPREAD_MS 300000

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
static void on_incomplete(void *arg);
static void on_list(void *arg, const struct rudder_answer *);
static void on_events(void *arg, const struct rudder_answer *);

void
peers_init(struct peers *p, struct context *ctx,
    const struct registry *registry, void *arg)
{
	*p = (struct peers){ .ctx = ctx, .arg = arg };
	query_init(&p->query, ctx, registry, "peers", p);
	timer_init(&p->relist, &ctx->clock, on_relist, p);
	members_init(&p->members, ctx, p);
	p->members.on_incomplete = on_incomplete;
}

void
peers_stop(struct peers *p)
{
	timer_stop(&p->relist);
	members_stop(&p->members);
	query_stop(&p->query);
}

void
peers_fini(struct peers *p)
{
	members_fini(&p->members);
}

/* ---- One lease of somebody else's ------------------------------------------ */

/* A value that says nothing takes nothing away: hosts of 2014 renew so (F04). */
static void
pass_over(struct peers *p, struct peer *peer, const struct rudder_record *r)
{
	char net[NET_TEXT], line[ERROR_WHY];

	if (peer != NULL)
		members_keep(&p->members, peer);
	snprintf(line, sizeof(line), "%s has no PublicIP in \"%.64s\": %s",
	    net_cidr(net, r->subnet), r->value,
	    peer != NULL ? "it stays where it was" : "passed over");
	refusals_say(&p->members.refusals, REFUSED_VALUE, line);
}

static void
refuse(struct peers *p, struct peer *peer, const struct rudder_record *r,
    enum refusal which)
{
	char net[NET_TEXT], line[ERROR_WHY];

	snprintf(line, sizeof(line), "%s with %.64s is refused: %s",
	    net_cidr(net, r->subnet), r->value, refusals_why(which));
	refusals_say(&p->members.refusals, which, line);
	if (peer != NULL)
		members_remove(&p->members, peer, "is not believed any more");
	if (which == REFUSED_OURS)
		p->on_namesake(p->arg, r);
}

static void
apply(struct peers *p, const struct rudder_record *r)
{
	const struct grounds grounds = { p->members.config->network,
		p->members.public_ip, p->facts };
	struct peer *peer = roster_find(&p->members.roster, r->subnet);
	enum refusal which;
	struct attrs a;

	if (r->value == NULL) {
		if (peer != NULL)
			members_miss(&p->members, peer);
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
		members_set(&p->members, r, a.public_ip);
}

/* True: it was ours. */
static bool
take(struct peers *p, const struct rudder_record *r)
{
	bool own = net_equal(r->subnet, p->members.own);

	if (own)
		p->on_own(p->arg, r);
	else
		apply(p, r);
	return own;
}

void
peers_judge(struct peers *p)
{
	p->members.roster.stale = true;
	if (members_settle(&p->members) < 0)
		on_incomplete(p);
}

/* ---- Quarantine --------------------------------------------------------------- */

void
peers_suspend(struct peers *p)
{
	members_suspend(&p->members);
}

void
peers_resume(struct peers *p)
{
	members_resume(&p->members);
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
	members_begin(&p->members);
	list(p);
}

static void
compare(struct peers *p, const struct rudder_answer *answer)
{
	bool own = false;

	members_begin_list(&p->members);
	for (size_t i = 0; i < answer->n_records; i++)
		own |= take(p, &answer->records[i]);
	members_end_list(&p->members);
	p->incomplete = members_settle(&p->members) < 0;
	if (!own)
		p->on_own(p->arg, NULL);
	context_log(p->ctx, DEBUG, "peers: a list has %u, next is index %llu",
	    p->members.roster.count, (unsigned long long)answer->index);
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
		p->incomplete = members_settle(&p->members) < 0;
		if (is_far_behind(answer))
			catch_up(p);
		else
			go_on(p, answer->index);
	} else if (clock_now(&p->ctx->clock) - p->listed < LOST_MS) {
		query_later(&p->query, answer->why, list);
	} else {
		context_log(
		    p->ctx, INFO, "peers: %s; listing again", answer->why);
		timer_set(
		    &p->relist, context_random(p->ctx,
				    APART_MS * p->members.roster.count + 1));
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

static void
on_incomplete(void *arg)
{
	struct peers *p = arg;

	timer_set(&p->relist, RESTORE_MS);
}

/* ---- How it is ------------------------------------------------------------- */

unsigned
peers_count(const struct peers *p)
{
	return p->members.roster.count;
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

	roster_walk(&p->members.roster, on_visit, &v);
}

size_t
peers_stats(const struct peers *p, struct rudder_stat *stats, size_t n)
{
	size_t found = refusals_stats(&p->members.refusals, stats, n);

	if (found < n)
		stats[found] = (struct rudder_stat){ "overlapping",
			p->members.beaten, true };
	return found + 1;
}
