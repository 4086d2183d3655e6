/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "claim.h"
#include "error.h"
#include "lease.h"
#include "net.h"

/* Hosts that start together race; more than this in a row is strange. */
#define RACES_MAX 10

/* Who waits for a subnet to be free looks at least this often, in ms. */
#define LOOK_MS 60000

static void list(void *arg);
static void on_renewal(void *arg);
static void on_list(void *arg, const struct rudder_answer *);
static void on_written(void *arg, const struct rudder_answer *);
static void on_asked(void *arg, const struct rudder_answer *);
static void on_released(void *arg, const struct rudder_answer *);
static void on_left(void *arg, const struct rudder_answer *);

void
lease_init(struct lease *l, struct context *ctx,
    const struct registry *registry, void *arg)
{
	*l = (struct lease){ .ctx = ctx, .arg = arg };
	deed_init(&l->deed, ctx, registry, list, l);
	timer_init(&l->renewal, &ctx->clock, on_renewal, l);
	belief_init(&l->belief, ctx);
}

void
lease_stop(struct lease *l)
{
	timer_stop(&l->renewal);
	belief_stop(&l->belief);
	deed_stop(&l->deed);
}

void
lease_fini(struct lease *l)
{
	deed_fini(&l->deed);
}

/* ---- Asking ------------------------------------------------------------- */

static void
list(void *arg)
{
	struct lease *l = arg;

	l->busy = true;
	l->heard = 0;
	timer_stop(&l->renewal);
	deed_list(&l->deed, on_list);
}

void
lease_take(struct lease *l)
{
	l->arrival = (struct arrival){
		.ctx = l->ctx,
		.config = l->config,
		.ours = &l->attrs,
		.former = l->terms.former,
		.on_loss = l->terms.on_loss,
	};
	list(l);
}

static void
create(struct lease *l)
{
	deed_create(&l->deed, &l->attrs, l->terms.ttl, on_written);
}

static void
renew(struct lease *l)
{
	deed_renew(&l->deed, l->terms.ttl, on_written);
}

/* ---- Believing ---------------------------------------------------------- */

static uint64_t
renewal_ms(struct lease *l, int64_t left)
{
	return terms_renewal_ms(
	    &l->terms, left, context_random(l->ctx, UINT32_MAX));
}

/*
 * The registry has it as ours, for `left` seconds from when it was asked; 0:
 * for ever. Of what we knew already there is nothing new to believe.
 */
static void
hold(struct lease *l, const struct rudder_record *r, int64_t left)
{
	uint64_t now = clock_now(&l->ctx->clock);
	uint64_t until = BELIEF_FOR_EVER;

	if (left > 0)
		until = l->deed.sent + (uint64_t)terms_left_ms(left);
	if (until <= now) {
		list(l);
		return;
	}
	if (!l->known)
		l->since = now;
	l->known = true;
	l->missed = false;
	l->taken = false;
	l->busy = false;
	l->arrival.races = 0;
	query_ok(&l->deed.query);
	l->deed.subnet = r->subnet;
	if (l->belief.until == 0 || r->version != l->deed.version)
		belief_begin(&l->belief, r->subnet, until);
	deed_note(&l->deed, r);
	l->deed.same = strcmp(r->value, l->deed.value) == 0;
	if (left > 0)
		timer_set(&l->renewal, renewal_ms(l, left));
	if (l->untidy || l->twin.yields)
		timer_set(&l->renewal, 0);
	if (l->heard != 0 && l->heard != l->deed.version)
		list(l);
	else
		l->on_held(l->arg);
}

/* What somebody should know of a lease that we are about to use. */
static void
warn_if(struct lease *l, claim_word *is_so, const struct rudder_record *r)
{
	char why[ERROR_WHY];

	if (is_so(why, &l->attrs, r))
		context_log(l->ctx, WARNING, "lease: %s", why);
}

/*
 * A list is in whole seconds, rounded up. What is ours and needs to be
 * written is held when that is done. To write it again also says to whoever
 * asked that we live.
 */
static void
adopt(struct lease *l, const struct rudder_record *r)
{
	if (deed_amend(&l->deed, &l->attrs, r->value) < 0)
		return;
	if (!l->deed.same)
		warn_if(l, claim_is_asked_for, r);
	if (claim_is_reservation(r)) {
		if (!l->deed.same)
			warn_if(l, claim_is_reserved_elsewhere, r);
		hold(l, r, 0);
	} else if (l->deed.same && renewal_ms(l, r->ttl - 1) > 0) {
		hold(l, r, r->ttl - 1);
	} else {
		deed_note(&l->deed, r);
		renew(l);
	}
}

/* ---- The first list ----------------------------------------------------- */

static void
begin_adopt(struct lease *l, const struct verdict *v)
{
	adopt(l, v->record);
}

static void
begin_create(struct lease *l, const struct verdict *v)
{
	l->deed.subnet = v->subnet;
	create(l);
}

/* As its owner would renew it, but for the question. */
static void
begin_ask(struct lease *l, const struct verdict *v)
{
	char net[NET_TEXT], ip[NET_TEXT];
	struct attrs there = { 0 };

	attrs_parse(&there, v->record->value);
	context_log(l->ctx, INFO,
	    "lease: %s is leased to %s, with our node id: asking whether "
	    "somebody lives there",
	    net_cidr(net, v->record->subnet), net_ip(ip, there.public_ip));
	there.asked_by = l->attrs.public_ip;
	if (deed_amend(&l->deed, &there, v->record->value) < 0)
		return;
	l->deed.subnet = v->record->subnet;
	l->deed.version = v->record->version;
	deed_renew(&l->deed, l->terms.ttl, on_asked);
}

static void
begin_listen(struct lease *l, const struct verdict *v)
{
	query_ok(&l->deed.query);
	timer_set(&l->renewal, v->ms);
}

static void
begin_later(struct lease *l, const struct verdict *v)
{
	query_later(&l->deed.query, v->why, list);
}

static void
begin_never(struct lease *l, const struct verdict *v)
{
	l->on_conflict(l->arg, v->why);
}

static void (*const begin[])(struct lease *, const struct verdict *) = {
	[ARRIVAL_ADOPT] = begin_adopt,
	[ARRIVAL_CREATE] = begin_create,
	[ARRIVAL_ASK] = begin_ask,
	[ARRIVAL_LISTEN] = begin_listen,
	[ARRIVAL_WAIT] = begin_later,
	[ARRIVAL_END] = begin_never,
};

static void
look_first(struct lease *l, const struct rudder_answer *answer)
{
	struct verdict v = arrival_judge(&l->arrival, answer);

	l->untidy = l->arrival.untidy;
	begin[v.step](l, &v);
}

/* ---- Later lists -------------------------------------------------------- */

static void
reclaim(struct lease *l)
{
	char net[NET_TEXT];

	belief_end(&l->belief, "it is gone from the registry");
	if (!l->missed && !l->taken)
		context_log(l->ctx, WARNING,
		    "lease: %s is gone from the registry; claiming it again",
		    net_cidr(net, l->deed.subnet));
	l->missed = true;
	create(l);
}

static void
say_taken(struct lease *l, const char *why)
{
	static const char *const then[] = {
		[LEASE_KEEP] = "packets go on to flow, as on-lease-loss has it",
		[LEASE_QUARANTINE] = "no packets flow until it is free again",
		[LEASE_EXIT] = "",
	};

	if (l->taken)
		return;
	l->taken = true;
	context_log(
	    l->ctx, WARNING, "lease: %s; %s", why, then[l->terms.on_loss]);
	if (l->terms.on_loss == LEASE_QUARANTINE)
		l->on_lost(l->arg, why);
}

/* The watch tells when it is free again; the timer is for what it misses. */
static void
yield(struct lease *l, const struct rudder_record *r)
{
	int64_t look = r->ttl > 0 ? terms_left_ms(r->ttl) : LOOK_MS;
	char net[NET_TEXT], why[ERROR_WHY], clone[ERROR_WHY];

	belief_end(&l->belief, "another host has it");
	if (l->heard != 0 && l->heard != r->version) {
		list(l);
		return;
	}
	if (!claim_is_clone(clone, &l->attrs, r))
		error_because(0, clone, "%.128s", r->value);
	error_because(0, why,
	    "the subnet %s of this host is leased to another by now: %s",
	    net_cidr(net, l->deed.subnet), clone);
	l->deed.version = r->version;
	l->busy = false;
	l->missed = false;
	l->arrival.races = 0;
	query_ok(&l->deed.query);
	timer_set(&l->renewal, (uint64_t)(look < LOOK_MS ? look : LOOK_MS));
	if (l->terms.on_loss == LEASE_EXIT)
		l->on_conflict(l->arg, why);
	else
		say_taken(l, why);
}

/* One at a time, each as it was seen just now (F20, F27). */
static bool
tidy(struct lease *l, const struct rudder_answer *answer)
{
	const struct rudder_record *r =
	    claim_spare(&l->attrs, l->deed.subnet, answer);

	l->untidy = false;
	return r != NULL &&
	       deed_release(&l->deed, r->subnet, r->version, on_released);
}

static void
look_again(struct lease *l, const struct rudder_answer *answer)
{
	const struct rudder_record *r = claim_find(l->deed.subnet, answer);
	const struct rudder_record *over =
	    claim_over(l->config, &l->attrs, l->deed.subnet, answer);

	if (r == NULL && over != NULL)
		yield(l, over);
	else if (r == NULL)
		reclaim(l);
	else if (!deed_is_ours(&l->deed, &l->attrs, lease_is_held(l), r))
		yield(l, r);
	else if (!l->untidy || !tidy(l, answer))
		adopt(l, r);
}

/* ---- What the registry says --------------------------------------------- */

static void
on_list(void *arg, const struct rudder_answer *answer)
{
	struct lease *l = arg;

	belief_check(&l->belief);
	if (answer->err < 0)
		query_later(&l->deed.query, answer->why, list);
	else if (l->known)
		look_again(l, answer);
	else
		look_first(l, answer);
}

static void
on_written(void *arg, const struct rudder_answer *answer)
{
	const struct rudder_record *r = answer->records;
	struct lease *l = arg;
	int64_t left = l->terms.ttl;
	char net[NET_TEXT];

	belief_check(&l->belief);
	if (answer->err == 0 && answer->n_records == 1) {
		if (r->ttl > 0 && r->ttl < left)
			left = r->ttl;
		hold(l, r, left);
	} else if (++l->arrival.races <= RACES_MAX) {
		context_log(l->ctx, DEBUG, "lease: %s: %s; looking again",
		    net_cidr(net, l->deed.subnet), answer->why);
		list(l);
	} else {
		query_later(&l->deed.query, answer->why, list);
	}
}

/* One whose version was another by then was renewed in that moment. */
static void
on_asked(void *arg, const struct rudder_answer *answer)
{
	struct lease *l = arg;

	if (answer->err == 0)
		arrival_asked(&l->arrival, l->deed.query.request.version);
	list(l);
}

/* What cannot be given up ends by itself: it is not tried twice. */
static void
on_released(void *arg, const struct rudder_answer *answer)
{
	struct rudder_net subnet;
	struct lease *l = arg;
	char net[NET_TEXT];

	subnet = l->deed.query.request.subnet;
	net_cidr(net, subnet);
	if (answer->err == 0)
		context_log(l->ctx, INFO,
		    "lease: %s is ours no longer: it was one too many, and is "
		    "released",
		    net);
	else
		context_log(l->ctx, WARNING,
		    "lease: %s cannot be released: %s; its time will end", net,
		    answer->why);
	l->untidy = answer->err == 0;
	list(l);
}

/* ---- Twins -------------------------------------------------------------- */

static void
on_left(void *arg, const struct rudder_answer *answer)
{
	struct lease *l = arg;
	char net[NET_TEXT];

	if (answer->err < 0)
		context_log(l->ctx, WARNING,
		    "lease: %s cannot be released: %s; its time will end",
		    net_cidr(net, l->deed.subnet), answer->why);
	l->on_conflict(l->arg, l->twin.why);
}

/*
 * So that the twin is not refused because of it when it starts again. What
 * another has by now is not ours to release.
 */
static void
leave(struct lease *l)
{
	belief_end(&l->belief, "a twin has our PublicIP");
	if (l->taken ||
	    !deed_release(&l->deed, l->deed.subnet, l->deed.version, on_left))
		l->on_conflict(l->arg, l->twin.why);
}

void
lease_namesake(struct lease *l, const struct rudder_record *r)
{
	const struct standing ours = {
		.attrs = &l->attrs,
		.lease = { .subnet = l->deed.subnet,
		    .created = l->deed.created },
		.reserved = l->belief.until == BELIEF_FOR_EVER,
		.ms = clock_now(&l->ctx->clock) - l->since,
	};

	if (!lease_is_held(l) || l->twin.yields)
		return;
	twin_meet(&l->twin, l->ctx, &ours, r);
	if (l->twin.yields && !l->busy)
		timer_set(&l->renewal, 0);
}

/* ---- What happens meanwhile --------------------------------------------- */

static void
on_renewal(void *arg)
{
	struct lease *l = arg;

	belief_check(&l->belief);
	l->busy = true;
	if (l->twin.yields)
		leave(l);
	else if (l->taken || l->untidy || !l->known)
		list(l);
	else
		renew(l);
}

/* While a request is on its way, what was heard is compared at its end. */
void
lease_heard(struct lease *l, const struct rudder_record *r)
{
	belief_check(&l->belief);
	if (r != NULL && r->version == l->deed.version)
		return;
	if (r != NULL)
		l->heard = r->version;
	if (!l->busy)
		list(l);
}

/* Something may be on its way with the old one: it is looked at in the end. */
void
lease_move(struct lease *l, uint32_t public_ip)
{
	if (public_ip == l->attrs.public_ip)
		return;
	l->attrs.public_ip = public_ip;
	l->heard = UINT64_MAX;
	if (l->known && !l->busy)
		list(l);
}
