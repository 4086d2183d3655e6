/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "world.h"

extern const struct rudder_module rudder_module_memory;
extern const struct rudder_module rudder_module_record;

/* ---- A clock that stands still -------------------------------------------- */

static struct world *
world_of(struct clock *c)
{
	struct context *ctx =
	    (struct context *)((char *)c - offsetof(struct context, clock));
	struct node *n =
	    (struct node *)((char *)ctx - offsetof(struct node, ctx));

	return n->world;
}

static uint64_t
fake_now(struct clock *c)
{
	return world_of(c)->now;
}

static void
fake_arm(struct clock *c, struct timer *t)
{
	struct world *w = world_of(c);

	assert_true(w->n_timers < sizeof(w->timers) / sizeof(w->timers[0]));
	w->timers[w->n_timers++] = t;
}

static void
fake_disarm(struct clock *c, struct timer *t)
{
	struct world *w = world_of(c);

	for (size_t i = 0; i < w->n_timers; i++) {
		if (w->timers[i] == t)
			w->timers[i--] = w->timers[--w->n_timers];
	}
}

static struct timer *
earliest(struct world *w, uint64_t until)
{
	struct timer *t = NULL;

	for (size_t i = 0; i < w->n_timers; i++) {
		if (w->timers[i]->due <= until &&
		    (t == NULL || w->timers[i]->due < t->due))
			t = w->timers[i];
	}
	return t;
}

static void
settle(struct world *w)
{
	do
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	while (event_base_get_num_events(w->base, EVENT_BASE_COUNT_ACTIVE) > 0);
}

void
world_run(struct world *w, uint64_t ms)
{
	uint64_t until = w->now + ms;
	struct timer *t;

	settle(w);
	while ((t = earliest(w, until)) != NULL) {
		if (t->due > w->now)
			w->now = t->due;
		fake_disarm(t->clock, t);
		timer_fire(t);
		settle(w);
	}
	w->now = until;
}

/* ---- Machines ---------------------------------------------------------------- */

static struct hostnet *
net_of(struct host *h)
{
	struct context *ctx =
	    (struct context *)((char *)h - offsetof(struct context, host));
	struct node *n =
	    (struct node *)((char *)ctx - offsetof(struct node, ctx));

	return &n->net;
}

static int
fake_facts(struct host *h, struct facts *f, char why[ERROR_WHY])
{
	return hostnet_facts(net_of(h), f, why);
}

static int
fake_watch(struct host *h)
{
	return hostnet_watch(net_of(h));
}

/* ---- Nodes ------------------------------------------------------------------- */

/*
 * What each node believes, from nothing but the lines of its log: no two may
 * believe to own one subnet.
 */
static void
note_belief(struct node *n, const char *line)
{
	struct world *w = n->world;
	char net[NET_TEXT], rest[16] = "";

	if (sscanf(line, "lease: %19s is ours %15s", net, rest) != 2)
		return;
	if (strcmp(rest, "for") != 0 && strcmp(rest, "by") != 0 &&
	    strcmp(rest, "no") != 0)
		return;
	snprintf(n->belief, sizeof(n->belief), "%s", line);
	if (strcmp(rest, "no") == 0) {
		n->ends++;
		if (strcmp(n->owned, net) == 0)
			n->owned[0] = '\0';
		return;
	}
	n->claims++;
	snprintf(n->owned, sizeof(n->owned), "%s", net);
	for (size_t i = 0; i < WORLD_NODES; i++) {
		if (&w->nodes[i] != n && w->nodes[i].open &&
		    strcmp(w->nodes[i].owned, net) == 0)
			w->collisions++;
	}
}

static void
on_line(void *arg, enum rudder_level level, const char *line)
{
	struct node *n = arg;

	n->lines += level != RUDDER_DEBUG;
	note_belief(n, line);
	if (level > RUDDER_WARNING)
		return;
	n->warnings++;
	snprintf(n->last, sizeof(n->last), "%s", line);
}

/* xorshift64*: the same seed, the same story. */
static uint32_t
fake_random(void *arg, uint32_t below)
{
	struct world *w = arg;

	w->seed ^= w->seed >> 12;
	w->seed ^= w->seed << 25;
	w->seed ^= w->seed >> 27;
	return (
	    uint32_t)((w->seed * UINT64_C(0x2545f4914f6cdd1d) >> 32) * below >>
		      32);
}

static void
on_ready(void *arg, const struct rudder_lease *facts)
{
	struct node *n = arg;

	n->ready++;
	n->facts = *facts;
}

static void
on_lost(void *arg, const char *why)
{
	struct node *n = arg;

	n->lost++;
	snprintf(n->lost_why, sizeof(n->lost_why), "%s", why);
}

static void
on_failed(void *arg, int err, const char *why)
{
	struct node *n = arg;

	n->failed++;
	n->err = err;
	snprintf(n->why, sizeof(n->why), "%s", why);
}

static void
init_node(struct world *w, struct node *n)
{
	char text[32];

	memset(n, 0, sizeof(*n));
	n->world = w;
	hostnet_init(&n->net, 0xc0a80001 + (unsigned)(n - w->nodes));
	n->ctx.log = (struct log){ .line = on_line, .arg = n };
	n->ctx.clock = (struct clock){ .now = fake_now,
		.arm = fake_arm,
		.disarm = fake_disarm,
		.base = w->base };
	n->ctx.host = (struct host){ .facts = fake_facts, .watch = fake_watch };
	n->ctx.random = fake_random;
	n->ctx.random_arg = w;
	options_init(&n->options);
	options_add(&n->options, rudder_module_memory.options);
	options_add(&n->options, rudder_module_record.options);
	world_option(
	    w, (unsigned)(n - w->nodes), "store", store_text(&w->store, text));
	world_option(w, (unsigned)(n - w->nodes), "record",
	    record_text(&n->record, text));
}

void
world_init(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->base = event_base_new();
	assert_non_null(w->base);
	w->now = 1000;
	w->seed = seed * 2 + 1;
	w->udp = rudder_module_record;
	w->udp.name = "udp";
	store_init(&w->store);
	for (size_t i = 0; i < WORLD_NODES; i++)
		init_node(w, &w->nodes[i]);
}

void
world_option(struct world *w, unsigned i, const char *name, const char *value)
{
	struct options *o = &w->nodes[i].options;
	char why[ERROR_WHY];

	assert_int_equal(options_set(o, options_find(o, name), value, why), 0);
}

struct node *
world_start(struct world *w, unsigned i)
{
	struct node *n = &w->nodes[i];
	const char *why;

	n->engine = (struct engine){
		.ctx = &n->ctx,
		.options = &n->options,
		.registry_module = &rudder_module_memory,
		.backend_module = &w->udp,
		.terms = { .ttl = 86400,
		    .on_loss = LEASE_QUARANTINE,
		    .node_id = "" },
		.on_ready = on_ready,
		.on_lost = on_lost,
		.on_failed = on_failed,
		.arg = n,
	};
	n->ready = 0;
	n->owned[0] = '\0';
	assert_int_equal(engine_open(&n->engine, &why), 0);
	n->open = true;
	return n;
}

void
world_stop(struct world *w, unsigned i)
{
	engine_close(&w->nodes[i].engine);
	w->nodes[i].open = false;
}

void
world_fini(struct world *w)
{
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		if (w->nodes[i].open)
			world_stop(w, i);
		options_fini(&w->nodes[i].options);
		hostnet_fini(&w->nodes[i].net);
	}
	assert_int_equal(w->n_timers, 0);
	store_fini(&w->store);
	event_base_free(w->base);
}

int
world_setup(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	world_init(w, 7);
	*state = w;
	return 0;
}

int
world_setup_config(void **state)
{
	struct world *w;

	world_setup(state);
	w = *state;
	store_config(&w->store, WORLD_CONFIG);
	return 0;
}

int
world_teardown(void **state)
{
	world_fini(*state);
	test_free(*state);
	return 0;
}
