/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "revise.h"

/*
 * The history is short, and a config that is never written is soon older than
 * all of it; one that is lost faster than this is a fault.
 */
#define LOST_MS 10000

static void on_config(void *arg, const struct rudder_answer *);

void
revise_init(
    struct revise *r, struct context *ctx, const struct registry *registry)
{
	*r = (struct revise){ .ctx = ctx };
	query_init(&r->query, ctx, registry, "config", r);
	r->query.retry.hushed = true; /* the peers ask the same registry */
}

void
revise_stop(struct revise *r)
{
	query_stop(&r->query);
}

static void
ask(void *arg)
{
	struct revise *r = arg;

	query_send(&r->query, r->query.registry->ops->config, on_config, ask);
}

static void
ask_anew(void *arg)
{
	struct revise *r = arg;

	r->looked = clock_now(&r->ctx->clock);
	r->query.request.index = 0;
	ask(r);
}

void
revise_follow(struct revise *r, struct config *config, uint64_t index)
{
	r->config = config;
	r->looked = clock_now(&r->ctx->clock);
	r->query.request.index = index;
	ask(r);
}

void
revise_again(struct revise *r)
{
	query_stop(&r->query);
	ask_anew(r);
}

/* ---- What differs ------------------------------------------------------- */

static void
say_bounds(struct revise *r, const struct config *new)
{
	char min[NET_TEXT], max[NET_TEXT];

	context_log(r->ctx, INFO,
	    "config: subnets to lease are of length %u now, from %s to %s",
	    new->subnet_len, net_ip(min, new->subnet_min),
	    net_ip(max, new->subnet_max));
}

static void
take_bounds(struct revise *r, const struct config *new)
{
	struct config *c = r->config;

	if (c->subnet_len == new->subnet_len &&
	    c->subnet_min == new->subnet_min &&
	    c->subnet_max == new->subnet_max)
		return;
	c->subnet_len = new->subnet_len;
	c->subnet_min = new->subnet_min;
	c->subnet_max = new->subnet_max;
	say_bounds(r, new);
	r->on_bounds(r->arg);
}

/* Appends "Backend.KEY" to a list in words. */
static void
add_key(char list[ERROR_WHY], const char *key)
{
	size_t len = strlen(list);

	snprintf(list + len, ERROR_WHY - len, "%sBackend.%.32s",
	    len > 0 ? ", " : "", key);
}

/* The keys that both have with another value, or only one has. */
static void
differing(char list[ERROR_WHY], json_t *old, json_t *new)
{
	const char *key;
	json_t *value;

	list[0] = '\0';
	json_object_foreach(old, key, value)
	{
		if (!json_equal(value, json_object_get(new, key)))
			add_key(list, key);
	}
	json_object_foreach(new, key, value)
	{
		if (json_object_get(old, key) == NULL)
			add_key(list, key);
	}
}

static void
compare(struct revise *r, const struct config *new)
{
	char keys[ERROR_WHY], is[NET_TEXT], was[NET_TEXT];

	differing(keys, r->config->backend, new->backend);
	if (keys[0] != '\0')
		context_log(r->ctx, WARNING,
		    "config: changed, and not taken before rudder is started "
		    "again on every host: %s",
		    keys);
	if (net_equal(r->config->network, new->network)) {
		take_bounds(r, new);
		return;
	}
	context_log(r->ctx, WARNING,
	    "config: Network is %s now, but this host goes on in %s: start "
	    "rudder again on every host",
	    net_cidr(is, new->network), net_cidr(was, r->config->network));
}

/* ---- What the registry says --------------------------------------------- */

static void
read(struct revise *r, const char *text)
{
	struct config new;
	char why[ERROR_WHY];
	int rc = config_parse(&new, text, why);

	if (rc == 0)
		compare(r, &new);
	else
		context_log(r->ctx, WARNING,
		    "config: the new one is not usable, and nothing changes: "
		    "%s",
		    why);
	config_fini(&new);
}

/* Asked anew, there is none: it is gone, or was never there. */
static void
wait_for_another(struct revise *r, const struct rudder_answer *answer)
{
	if (!r->missed)
		context_log(r->ctx, WARNING,
		    "config: it is gone (%s); this host goes on with the last "
		    "one, but no other can join",
		    answer->why);
	r->missed = true;
	r->query.request.index = answer->index;
	ask(r);
}

/* A wait that came to its end with no news, or with news of another kind. */
static void
on_none(struct revise *r, const struct rudder_answer *answer)
{
	query_ok(&r->query);
	if (r->query.request.index == 0)
		wait_for_another(r, answer);
	else if (r->query.request.index == answer->index)
		ask(r);
	else
		ask_anew(r);
}

static bool
is_lost(const struct revise *r, const struct rudder_answer *answer)
{
	return answer->err == RUDDER_ELOST &&
	       clock_now(&r->ctx->clock) - r->looked >= LOST_MS;
}

static void
on_config(void *arg, const struct rudder_answer *answer)
{
	struct revise *r = arg;

	if (answer->err == RUDDER_ENOTFOUND && answer->index != 0) {
		on_none(r, answer);
	} else if (is_lost(r, answer)) {
		ask_anew(r);
	} else if (answer->err < 0) {
		query_later(&r->query, answer->why, ask_anew);
	} else {
		query_ok(&r->query);
		r->missed = false;
		r->query.request.index = answer->index;
		read(r, answer->config);
		ask(r);
	}
}
