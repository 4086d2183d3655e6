/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "error.h"
#include "lease.h"
#include "net.h"
#include "subnet.h"

/* Hosts that start together race; more than this in a row is strange. */
#define RACES_MAX 10

static void on_renewal(void *arg);
static void on_list(void *arg, const struct rudder_answer *);
static void on_written(void *arg, const struct rudder_answer *);

void
lease_init(struct lease *l, struct context *ctx,
    const struct registry *registry, void *arg)
{
	*l = (struct lease){ .ctx = ctx, .arg = arg };
	query_init(&l->query, ctx, registry, "lease", l);
	timer_init(&l->renewal, &ctx->clock, on_renewal, l);
}

void
lease_stop(struct lease *l)
{
	timer_stop(&l->renewal);
	query_stop(&l->query);
}

void
lease_fini(struct lease *l)
{
	free(l->value);
	l->value = NULL;
}

static void
list(void *arg)
{
	struct lease *l = arg;

	l->busy = true;
	l->heard = 0;
	timer_stop(&l->renewal);
	query_send(&l->query, l->query.registry->ops->list, on_list, list);
}

void
lease_take(struct lease *l)
{
	list(l);
}

/*
 * An address of ours: the one we are at, or one that we moved away from and
 * the registry may still have, from the last write that was answered or from
 * one after it.
 */
static bool
is_our_address(const struct lease *l, uint32_t ip)
{
	struct attrs written;

	if (ip == l->attrs.public_ip || (ip != 0 && ip == l->registered))
		return true;
	return l->known && l->value != NULL &&
	       attrs_parse(&written, l->value) == 0 && written.public_ip == ip;
}

/*
 * Nobody else's. A value that says nothing does not claim anything as long as
 * nobody else can have written it: a host of 2014 that took the subnet when
 * our time had run out renews with an empty one (F04, F12). One that names
 * us with another backend is of a twin with our address, once we hold the
 * lease: we would write over each other for ever.
 */
static bool
is_ours(const struct lease *l, const struct rudder_record *r)
{
	struct attrs a;

	if (attrs_parse(&a, r->value) < 0)
		return clock_now(&l->ctx->clock) < l->until;
	if (!is_our_address(l, a.public_ip))
		return false;
	return !l->known || r->ttl == 0 ||
	       strcasecmp(a.backend, l->attrs.backend) == 0;
}

/* It fits the network config as that is today. */
static bool
is_usable(const struct lease *l, struct rudder_net subnet)
{
	const struct config *c = l->config;

	return subnet.len == c->subnet_len && subnet.addr >= c->subnet_min &&
	       subnet.addr <= c->subnet_max;
}

static const struct rudder_record *
find_subnet(const struct lease *l, const struct rudder_answer *answer)
{
	for (size_t i = 0; i < answer->n_records; i++) {
		if (net_equal(answer->records[i].subnet, l->subnet))
			return &answer->records[i];
	}
	return NULL;
}

static const struct rudder_record *
find_public_ip(const struct lease *l, const struct rudder_answer *answer)
{
	const struct rudder_record *found = NULL, *r = answer->records;
	char net[NET_TEXT];
	struct attrs a;

	for (const struct rudder_record *end = r + answer->n_records; r < end;
	     r++) {
		if (attrs_parse(&a, r->value) < 0 ||
		    a.public_ip != l->attrs.public_ip)
			continue;
		if (found == NULL && is_usable(l, r->subnet)) {
			found = r;
			continue;
		}
		context_log(l->ctx, WARNING,
		    "lease: %s is ours too, and not used: it %s",
		    net_cidr(net, r->subnet),
		    is_usable(l, r->subnet) ? "is one too many"
					    : "does not fit the config");
	}
	return found;
}

/* ---- Taking ------------------------------------------------------------- */

static void
create(struct lease *l)
{
	char net[NET_TEXT], value[ATTRS_TEXT];

	free(l->value);
	l->value = strdup(attrs_format(value, &l->attrs));
	if (l->value == NULL) {
		query_later(&l->query, "no memory", list);
		return;
	}
	context_log(
	    l->ctx, DEBUG, "lease: asking for %s", net_cidr(net, l->subnet));
	l->query.request.subnet = l->subnet;
	l->query.request.value = l->value;
	l->query.request.ttl = l->terms.ttl;
	query_send(&l->query, l->query.registry->ops->create, on_written, list);
}

static void
say_full(struct lease *l, size_t n)
{
	char min[NET_TEXT], max[NET_TEXT], why[ERROR_WHY];

	snprintf(why, sizeof(why),
	    "out of subnets: all %llu from %s to %s of "
	    "length %u are taken (%zu leases); enlarge Network or free some",
	    (unsigned long long)config_subnets(l->config),
	    net_ip(min, l->config->subnet_min),
	    net_ip(max, l->config->subnet_max), l->config->subnet_len, n);
	query_later(&l->query, why, list);
}

static void
choose(struct lease *l, const struct rudder_answer *answer)
{
	struct rudder_net free_ones[SUBNET_DRAW], *taken;
	size_t n = answer->n_records, found;

	taken = calloc(n + 1, sizeof(*taken));
	if (taken == NULL) {
		query_later(&l->query, "no memory", list);
		return;
	}
	for (size_t i = 0; i < n; i++)
		taken[i] = answer->records[i].subnet;
	found = subnet_free(l->config, taken, n, free_ones);
	free(taken);
	if (found == 0) {
		say_full(l, n);
		return;
	}
	l->subnet = free_ones[context_random(l->ctx, (uint32_t)found)];
	create(l);
}

/* ---- Keeping ------------------------------------------------------------ */

static void
renew(struct lease *l)
{
	l->query.request.subnet = l->subnet;
	l->query.request.value = l->value;
	l->query.request.version = l->version;
	l->query.request.ttl = l->terms.ttl;
	query_send(&l->query, l->query.registry->ops->renew, on_written, list);
}

/* At most 68 years, which any answer may exceed: it is only text. */
static int64_t
left_ms(int64_t left)
{
	return (left < INT32_MAX ? left : INT32_MAX) * 1000;
}

/*
 * When a third of its time is gone, give or take a twentieth of it all, so
 * that hosts which came together do not renew together. 0: at once.
 */
static uint64_t
renewal_ms(struct lease *l, int64_t left)
{
	int64_t all = l->terms.ttl * INT64_C(1000), spread = all / 10;
	int64_t due = left_ms(left) - all * 2 / 3;

	due += (int64_t)context_random(l->ctx, (uint32_t)spread) - spread / 2;
	return due > 0 ? (uint64_t)due : 0;
}

/* What the registry has of us by now. */
static void
note(struct lease *l, const struct rudder_record *r)
{
	struct attrs a;

	l->subnet = r->subnet;
	l->version = r->version;
	if (attrs_parse(&a, r->value) == 0)
		l->registered = a.public_ip;
}

static void
hold(struct lease *l, const struct rudder_record *r)
{
	if (!l->known)
		l->since = clock_now(&l->ctx->clock);
	l->known = true;
	l->missed = false;
	l->busy = false;
	l->races = 0;
	query_ok(&l->query);
	note(l, r);
	l->until = UINT64_MAX;
	if (r->ttl > 0)
		l->until =
		    clock_now(&l->ctx->clock) + (uint64_t)left_ms(r->ttl);
	if (r->ttl > 0)
		timer_set(&l->renewal, renewal_ms(l, r->ttl));
	if (l->heard != 0 && l->heard != l->version)
		list(l);
	else
		l->on_held(l->arg);
}

/* Other programs of the family may have put more into them. */
static int
keep_value(struct lease *l, const struct rudder_record *r)
{
	free(l->value);
	l->value = attrs_complete(&l->attrs, r->value);
	return attrs_match(&l->attrs, r->value);
}

static void
adopt(struct lease *l, const struct rudder_record *r)
{
	int same = keep_value(l, r);
	char net[NET_TEXT];

	if (l->value == NULL) {
		query_later(&l->query, "no memory", list);
		return;
	}
	if (!l->known)
		context_log(l->ctx, INFO, "lease: %s is ours already%s",
		    net_cidr(net, r->subnet),
		    r->ttl == 0 ? ", by reservation" : "");
	note(l, r);
	if (r->ttl == 0 && l->registered != l->attrs.public_ip)
		context_log(l->ctx, WARNING,
		    "lease: %s is a reservation, which is never written here: "
		    "whoever made it must give it our new PublicIP",
		    net_cidr(net, r->subnet));
	if (r->ttl == 0 || (same && renewal_ms(l, r->ttl) > 0))
		hold(l, r);
	else
		renew(l);
}

static void
on_renewal(void *arg)
{
	struct lease *l = arg;

	l->busy = true;
	renew(l);
}

/* ---- What the registry says ---------------------------------------------- */

static void
conflict(struct lease *l, const struct rudder_record *r)
{
	char net[NET_TEXT], why[ERROR_WHY];

	snprintf(why, sizeof(why),
	    "the subnet %s of this host is leased to another by now: %.128s",
	    net_cidr(net, r->subnet), r->value);
	l->on_conflict(l->arg, why);
}

static void
on_list(void *arg, const struct rudder_answer *answer)
{
	const struct rudder_record *r;
	struct lease *l = arg;
	char net[NET_TEXT];

	if (answer->err < 0) {
		query_later(&l->query, answer->why, list);
		return;
	}
	r = l->known ? find_subnet(l, answer) : find_public_ip(l, answer);
	if (r != NULL && is_ours(l, r)) {
		adopt(l, r);
	} else if (r != NULL) {
		conflict(l, r);
	} else if (l->known) {
		if (!l->missed)
			context_log(l->ctx, WARNING,
			    "lease: %s is gone from the registry; claiming it "
			    "again",
			    net_cidr(net, l->subnet));
		l->missed = true;
		create(l);
	} else {
		choose(l, answer);
	}
}

static void
on_written(void *arg, const struct rudder_answer *answer)
{
	struct lease *l = arg;
	char net[NET_TEXT];

	net_cidr(net, l->subnet);
	if (answer->err == 0 && answer->n_records == 1) {
		context_log(l->ctx, INFO, "lease: %s is ours for %lld s", net,
		    (long long)answer->records[0].ttl);
		hold(l, answer->records);
	} else if (++l->races <= RACES_MAX) {
		context_log(l->ctx, DEBUG, "lease: %s: %s; looking again", net,
		    answer->why);
		list(l);
	} else {
		query_later(&l->query, answer->why, list);
	}
}

/* While a request is on its way, what was heard is compared at its end. */
void
lease_heard(struct lease *l, const struct rudder_record *r)
{
	if (r != NULL && r->version == l->version)
		return;
	if (r != NULL)
		l->heard = r->version;
	if (!l->busy)
		list(l);
}

/* Something may be on its way, with the old value: looked at when it ends. */
void
lease_move(struct lease *l, uint32_t public_ip)
{
	if (public_ip == l->attrs.public_ip)
		return;
	l->attrs.public_ip = public_ip;
	l->heard = UINT64_MAX;
	if (!l->busy)
		list(l);
}
