/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "net.h"
#include "status.h"

/* More counters than any module has. */
#define STATS_MAX 128

/*
 * jansson's setters take NULL for a failed value and say so: a status is
 * built to its end, and only then asked whether all of it is there.
 */
struct build {
	const struct engine *engine;
	uint64_t now;
	int rc;
};

static void
put(struct build *b, json_t *object, const char *key, json_t *value)
{
	b->rc |= json_object_set_new(object, key, value);
}

/* In others' words, or a name: an interface may have any bytes in its own. */
static void
put_text(struct build *b, json_t *object, const char *key, const char *text)
{
	char printable[ERROR_WHY];

	snprintf(printable, sizeof(printable), "%s", text);
	error_printable(printable);
	put(b, object, key, json_string(printable));
}

static void
put_number(struct build *b, json_t *object, const char *key, uint64_t n)
{
	put(b, object, key, json_integer((json_int_t)n));
}

static void
put_net(struct build *b, json_t *object, const char *key, struct rudder_net net)
{
	char text[NET_TEXT];

	put(b, object, key, json_string(net_cidr(text, net)));
}

static void
put_ip(struct build *b, json_t *object, const char *key, uint32_t ip)
{
	char text[NET_TEXT];

	put(b, object, key, json_string(net_ip(text, ip)));
}

static void
put_since(struct build *b, json_t *object, const char *key, uint64_t when)
{
	put_number(b, object, key, (b->now - when) / 1000);
}

static void
put_stats(
    struct build *b, json_t *object, const struct rudder_stat *stats, size_t n)
{
	for (size_t i = 0; i < n && i < STATS_MAX; i++)
		put_number(b, object, stats[i].name, stats[i].value);
}

/* Of a module: what only grows is apart from what does not. */
static void
put_module(
    struct build *b, json_t *object, const struct rudder_stat *stats, size_t n)
{
	json_t *counters = json_object(), *gauges = json_object();

	for (size_t i = 0; i < n && i < STATS_MAX; i++)
		put_number(b, stats[i].gauge ? gauges : counters, stats[i].name,
		    stats[i].value);
	put(b, object, "counters", counters);
	put(b, object, "gauges", gauges);
}

/* ---- What it waits for ------------------------------------------------------ */

static void
put_retry(struct build *b, json_t *waits, const struct retry *r)
{
	json_t *wait;

	if (r->since == 0)
		return;
	wait = json_object();
	put(b, wait, "for", json_string(r->what));
	put_text(b, wait, "why", r->why);
	put_since(b, wait, "seconds", r->since);
	put_number(b, wait, "tries", r->backoff.tries);
	b->rc |= json_array_append_new(waits, wait);
}

static json_t *
waits(struct build *b)
{
	const struct engine *e = b->engine;
	json_t *list = json_array();

	put_retry(b, list, &e->underlay.retry);
	put_retry(b, list, &e->learn.query.retry);
	put_retry(b, list, &e->revise.query.retry);
	put_retry(b, list, &e->lease.deed.query.retry);
	put_retry(b, list, &e->peers.query.retry);
	return list;
}

/* ---- The rooms --------------------------------------------------------------- */

static json_t *
iface(struct build *b)
{
	const struct link *l = &b->engine->underlay.link;
	json_t *object = json_object();

	put_text(b, object, "name", l->name);
	put_ip(b, object, "address", l->ip);
	put_number(b, object, "mtu", l->mtu);
	put(b, object, "reason", json_string(l->reason));
	return object;
}

static json_t *
config(struct build *b)
{
	const struct config *c = &b->engine->config;
	uint64_t subnets = config_subnets(c);
	uint64_t taken = peers_count(&b->engine->peers) + UINT64_C(1);
	json_t *object = json_object();

	put_net(b, object, "network", c->network);
	put_number(b, object, "subnet_len", c->subnet_len);
	put_number(b, object, "subnets", subnets);
	if (b->engine->stage >= STAGE_RUN)
		put_number(b, object, "subnets_free",
		    subnets > taken ? subnets - taken : 0);
	return object;
}

static json_t *
lease(struct build *b)
{
	const struct lease *l = &b->engine->lease;
	json_t *object = json_object();

	put_net(b, object, "subnet", l->deed.subnet);
	put_ip(b, object, "public_ip", l->attrs.public_ip);
	put(b, object, "held", json_boolean(lease_is_held(l)));
	put_since(b, object, "age_seconds", l->since);
	if (l->belief.until != BELIEF_FOR_EVER && l->belief.until > b->now)
		put_number(b, object, "seconds_left",
		    (l->belief.until - b->now) / 1000);
	return object;
}

static json_t *
registry(struct build *b)
{
	const struct engine *e = b->engine;
	const struct rudder_registry *ops = e->registry.ops;
	struct rudder_stat stats[STATS_MAX];
	uint64_t heard = engine_heard(e);
	json_t *object = json_object();

	put(b, object, "module", json_string(e->registry_module->name));
	if (heard != 0)
		put_since(b, object, "heard_seconds_ago", heard);
	if (ops != NULL && ops->stats != NULL)
		put_module(b, object, stats,
		    ops->stats(e->registry.state, stats, STATS_MAX));
	return object;
}

static json_t *
backend(struct build *b)
{
	const struct engine *e = b->engine;
	const struct rudder_backend *ops = e->backend_module->backend;
	struct rudder_stat stats[STATS_MAX];
	json_t *object = json_object();

	put(b, object, "module", json_string(e->backend_module->name));
	if (e->stage < STAGE_RUN)
		return object;
	put_text(b, object, "device", e->carrier.device.name);
	put_number(b, object, "mtu", e->carrier.device.mtu);
	if (ops->stats != NULL)
		put_module(b, object, stats,
		    ops->stats(e->carrier.state, stats, STATS_MAX));
	return object;
}

/* ---- The peers ----------------------------------------------------------------- */

struct peer_list {
	struct build *b;
	json_t *array;
};

static void
on_peer(void *arg, struct rudder_net subnet, uint32_t public_ip)
{
	struct peer_list *list = arg;
	struct build *b = list->b;
	const struct engine *e = b->engine;
	const struct rudder_backend *ops = e->backend_module->backend;
	struct rudder_stat stats[STATS_MAX];
	json_t *object = json_object();

	put_net(b, object, "subnet", subnet);
	put_ip(b, object, "public_ip", public_ip);
	if (ops->peer_stats != NULL)
		put_stats(b, object, stats,
		    ops->peer_stats(
			e->carrier.state, subnet, stats, STATS_MAX));
	b->rc |= json_array_append_new(list->array, object);
}

static json_t *
peers(struct build *b)
{
	struct peer_list list = { .b = b, .array = json_array() };

	peers_walk(&b->engine->peers, on_peer, &list);
	return list.array;
}

static json_t *
leases(struct build *b)
{
	struct rudder_stat stats[STATS_MAX];
	json_t *object = json_object();

	put_module(
	    b, object, stats, peers_stats(&b->engine->peers, stats, STATS_MAX));
	return object;
}

/* ---- All of it ------------------------------------------------------------------ */

static const char *const stages[] = {
	[STAGE_LINK] = "link",
	[STAGE_CONFIG] = "config",
	[STAGE_LEASE] = "lease",
	[STAGE_ATTACH] = "attach",
	[STAGE_RUN] = "run",
};

json_t *
status_of(const struct engine *e)
{
	struct build b = { .engine = e, .now = clock_now(&e->ctx->clock) };
	json_t *root = json_object();
	const char *why = engine_unready(e);

	put(&b, root, "stage", json_string(stages[e->stage]));
	put(&b, root, "ready", json_boolean(why == NULL));
	if (why != NULL)
		put(&b, root, "why", json_string(why));
	put(&b, root, "waits", waits(&b));
	if (e->stage > STAGE_LINK)
		put(&b, root, "iface", iface(&b));
	if (e->stage > STAGE_CONFIG)
		put(&b, root, "config", config(&b));
	if (e->stage > STAGE_LEASE)
		put(&b, root, "lease", lease(&b));
	put(&b, root, "registry", registry(&b));
	put(&b, root, "backend", backend(&b));
	put(&b, root, "peers", peers(&b));
	put(&b, root, "leases", leases(&b));
	if (b.rc != 0) {
		json_decref(root);
		return NULL;
	}
	return root;
}
