/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "arrival.h"
#include "claim.h"
#include "net.h"
#include "subnet.h"

/*
 * For so long we listen for an answer. Who lives and hears of the registry has
 * it written in a moment; but who lost sight of it just now looks again after
 * a while, of which this is three times the longest.
 */
#define ASK_MS 15000

/* And so often we look whether there is one. */
#define ANSWER_MS 3000

/* From so many subnets in a hundred on, somebody should know (F30). */
#define CROWDED 80

static void
create(struct verdict *v, struct rudder_net subnet)
{
	v->step = ARRIVAL_CREATE;
	v->subnet = subnet;
}

/* ---- A subnet that nobody has ------------------------------------------- */

static void
say_full(const struct arrival *a, struct verdict *v, size_t n)
{
	char min[NET_TEXT], max[NET_TEXT];

	v->step = ARRIVAL_WAIT;
	error_because(0, v->why,
	    "out of subnets: all %llu from %s to %s of "
	    "length %u are taken (%zu leases); enlarge Network or free some",
	    (unsigned long long)config_subnets(a->config),
	    net_ip(min, a->config->subnet_min),
	    net_ip(max, a->config->subnet_max), a->config->subnet_len, n);
}

/*
 * From how many to draw: after each race that was lost from twice as many, as
 * there are more hosts that start now than so many subnets are enough for.
 */
static size_t
draw(unsigned races)
{
	return (size_t)SUBNET_DRAW << (races < 5 ? races : 5);
}

static void
choose(const struct arrival *a, const struct rudder_answer *answer,
    struct verdict *v)
{
	size_t n = answer->n_records, room = draw(a->races), found;
	struct rudder_net *free_ones, *taken;

	free_ones = calloc(room + n, sizeof(*taken));
	if (free_ones == NULL) {
		v->step = ARRIVAL_WAIT;
		error_because(0, v->why, "no memory");
		return;
	}
	taken = free_ones + room;
	for (size_t i = 0; i < n; i++)
		taken[i] = answer->records[i].subnet;
	found = subnet_free(a->config, taken, n, free_ones, room);
	if (found > 0)
		create(v, free_ones[context_random(a->ctx, (uint32_t)found)]);
	else
		say_full(a, v, n);
	free(free_ones);
}

/* ---- What somebody should know ------------------------------------------ */

static void
warn_crowded(struct arrival *a, uint64_t taken)
{
	uint64_t all = config_subnets(a->config);

	if (a->crowded || taken * 100 < all * CROWDED)
		return;
	a->crowded = true;
	context_log(a->ctx, WARNING,
	    "lease: %" PRIu64 " of the %" PRIu64 " subnets are taken: enlarge "
	    "Network before none is free",
	    taken, all);
}

/* What else is ours; where it has our node id it is given up later. */
static void
warn_unused(struct arrival *a, const struct rudder_record *used,
    const struct rudder_answer *answer)
{
	const struct rudder_record *r = answer->records;
	char net[NET_TEXT];

	for (size_t i = 0; i < answer->n_records; i++) {
		if (&r[i] == used ||
		    claim_of(a->ours, a->former, &r[i]) != CLAIM_OURS)
			continue;
		context_log(a->ctx, WARNING,
		    "lease: %s is ours too, and not used: it %s",
		    net_cidr(net, r[i].subnet),
		    claim_fits(a->config, r[i].subnet)
			? "is one too many"
			: "does not fit the config");
		a->untidy = true;
	}
}

/* ---- One step after the other ------------------------------------------- */

/* True: the older lease is ours, so it is for the other one to yield. */
static bool
outlasts_twin(const struct arrival *a, const struct survey *s)
{
	char net[NET_TEXT], ip[NET_TEXT];

	if (s->ours == NULL || !claim_is_older(s->ours, s->twin))
		return false;
	context_log(a->ctx, WARNING,
	    "lease: two machines have the PublicIP %s, ours and that of %s: "
	    "the lease of this one is older, so it stays",
	    net_ip(ip, a->ours->public_ip), net_cidr(net, s->twin->subnet));
	return true;
}

/* Said once: after that it is as if there had been none. */
static void
forget_former(struct arrival *a, const char *why)
{
	char net[NET_TEXT];

	context_log(a->ctx, WARNING,
	    "lease: this host had %s, %s: its containers need other addresses "
	    "now",
	    net_cidr(net, a->former), why);
	a->former = (struct rudder_net){ 0 };
}

/*
 * We hold nothing yet, so no packet goes astray: only who asked for it ends
 * here, the others get a place in the overlay, and are told. True: that.
 */
static bool
yield_former(
    struct arrival *a, const struct rudder_record *r, struct verdict *v)
{
	char net[NET_TEXT], why[ERROR_WHY], clone[ERROR_WHY];

	if (!claim_is_clone(clone, a->ours, r))
		error_because(0, clone, "%.128s", r->value);
	if (a->on_loss == LEASE_EXIT) {
		v->step = ARRIVAL_END;
		error_because(0, v->why,
		    "the subnet %s that this host had is leased to another by "
		    "now: %s",
		    net_cidr(net, a->former), clone);
		return false;
	}
	error_because(0, why, "which is leased to another by now (%s)", clone);
	forget_former(a, why);
	return true;
}

static void
find_another(struct arrival *a, const struct survey *s,
    const struct rudder_answer *answer, struct verdict *v)
{
	if (s->ours != NULL)
		v->record = s->ours;
	else
		choose(a, answer, v);
}

/* Our id, and another address: did we move, or does a clone live there? */
static void
look_who_lives(struct arrival *a, const struct survey *s,
    const struct rudder_answer *answer, struct verdict *v)
{
	uint64_t now = clock_now(&a->ctx->clock);
	const struct rudder_record *r = s->moved;
	struct attrs there = { 0 };
	bool stands;

	attrs_parse(&there, r->value);
	stands = there.asked_by == a->ours->public_ip ||
		 (a->asked != 0 && (there.asked_by == a->asked_by ||
				       r->version == a->asked_over));
	v->record = r;
	if (!stands && a->asked == 0) {
		v->step = ARRIVAL_ASK;
	} else if (!stands) {
		v->step = ARRIVAL_ADOPT;
		if (yield_former(a, r, v))
			find_another(a, s, answer, v);
	} else {
		if (a->asked == 0) /* in the life before */
			a->asked = now;
		if (now - a->asked < ASK_MS)
			v->step = ARRIVAL_LISTEN;
		v->ms = a->asked + ASK_MS - now;
		if (v->ms > ANSWER_MS)
			v->ms = ANSWER_MS;
	}
}

void
arrival_asked(struct arrival *a, uint64_t version)
{
	a->asked = clock_now(&a->ctx->clock);
	a->asked_over = version;
	a->asked_by = a->ours->public_ip;
}

static void
look(struct arrival *a, const struct rudder_answer *answer, struct survey *s)
{
	if (a->former.len > 0 && !claim_fits(a->config, a->former))
		forget_former(a, "which does not fit the network config");
	claim_survey(s, a->config, a->ours, a->former, answer);
	if (a->former.len > 0 && s->ours != NULL && s->moved == NULL &&
	    !net_equal(s->ours->subnet, a->former))
		forget_former(a, "and another one is leased to it");
	warn_crowded(a, s->taken);
	if (!a->untidy && s->twin == NULL)
		warn_unused(a, s->ours, answer);
}

struct verdict
arrival_judge(struct arrival *a, const struct rudder_answer *answer)
{
	struct verdict v = { .step = ARRIVAL_ADOPT };
	struct survey s;

	look(a, answer, &s);
	v.record = s.ours;
	if (s.twin != NULL && !outlasts_twin(a, &s)) {
		v.step = ARRIVAL_END;
		claim_say_twin(v.why, a->ours, s.twin);
	} else if (s.ours != NULL && net_equal(s.ours->subnet, a->former)) {
		return v;
	} else if (s.moved != NULL) {
		look_who_lives(a, &s, answer, &v);
	} else if (s.ours != NULL) {
		return v;
	} else if (a->former.len > 0 && s.in_the_way == NULL) {
		create(&v, a->former);
	} else if (a->former.len == 0 || yield_former(a, s.in_the_way, &v)) {
		choose(a, answer, &v);
	}
	return v;
}
