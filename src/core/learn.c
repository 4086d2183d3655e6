/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "learn.h"
#include "net.h"
#include "object.h"
#include "overlap.h"

static void on_config(void *arg, const struct rudder_answer *);

void
learn_init(struct learn *l, struct context *ctx,
    const struct registry *registry, void *arg)
{
	*l = (struct learn){ .ctx = ctx, .arg = arg };
	query_init(&l->query, ctx, registry, "config", l);
}

void
learn_stop(struct learn *l)
{
	query_stop(&l->query);
}

/* ---- Waiting for it ----------------------------------------------------- */

static void
ask(void *arg)
{
	struct learn *l = arg;

	query_send(&l->query, l->query.registry->ops->config, on_config, ask);
}

static void
ask_anew(void *arg)
{
	struct learn *l = arg;

	l->query.request.index = 0;
	ask(l);
}

void
learn_begin(struct learn *l)
{
	ask(l);
}

static void
wait_for_it(struct learn *l, const struct rudder_answer *answer)
{
	if (answer->err != RUDDER_ENOTFOUND || answer->index == 0) {
		query_later(&l->query, answer->why, ask_anew);
		return;
	}
	if (!l->waited)
		context_log(l->ctx, INFO,
		    "config: there is none yet (%s); waiting for it",
		    answer->why);
	l->waited = true;
	query_ok(&l->query);
	l->query.request.index = answer->index;
	ask(l);
}

/* ---- Reading it --------------------------------------------------------- */

/* A host and its overlay must mean the same backend. */
static int
check_type(const struct learn *l, char why[ERROR_WHY])
{
	json_t *type = object_get(l->config->backend, "Type");
	const char *name = json_string_value(type);
	char given[OBJECT_TEXT];

	if (type != NULL && name == NULL) {
		return error_because(RUDDER_ECONFIG, why,
		    "Backend.Type is %s: it must be a string",
		    object_text(given, type));
	}
	if (name == NULL || strcasecmp(name, l->backend->name) == 0)
		return 0;
	return error_because(RUDDER_EMISMATCH, why,
	    "Backend.Type is \"%.32s\" in the network "
	    "config, but this host uses \"%s\": start it with -backend=%.32s, "
	    "or change the config",
	    name, l->backend->name, name);
}

static int
read_it(struct learn *l, const char *text, char why[ERROR_WHY])
{
	int rc = config_parse(l->config, text, why);

	if (rc == 0)
		rc = check_type(l, why);
	if (rc == 0)
		rc = options_take(
		    l->options, l->backend->options, l->config->backend, why);
	return rc;
}

/* ---- What this machine lives by ----------------------------------------- */

/* True, and a sentence: the overlay would take it away. */
static bool
overlaps(const struct learn *l, const struct facts *f, char why[ERROR_WHY])
{
	const struct registry *registry = l->query.registry;
	const struct overlap o = {
		.network = l->config->network,
		.subnet_len = l->config->subnet_len,
		.link = l->link,
		.public_ip = l->public_ip,
	};
	char net[NET_TEXT];

	if (overlap_find(&o, f, why))
		return true;
	if (registry->ops->is_within == NULL ||
	    !registry->ops->is_within(registry->state, o.network))
		return false;
	error_because(0, why,
	    "Network %s overlaps with the registry itself, "
	    "which has an address in it",
	    net_cidr(net, o.network));
	return true;
}

static void
check_overlap(void *arg)
{
	struct learn *l = arg;
	char why[ERROR_WHY], more[ERROR_WHY];
	struct facts f;
	bool found;
	int rc = l->ctx->host.facts(&l->ctx->host, &f, why);

	if (rc < 0) {
		facts_free(&f);
		query_later(&l->query, why, check_overlap);
		return;
	}
	query_ok(&l->query);
	found = overlaps(l, &f, why);
	facts_free(&f);
	if (found && !l->force_overlap) {
		error_because(0, more,
		    "%s; choose another Network, or say -force-overlap", why);
		l->on_refused(l->arg, RUDDER_ECONFIG, more);
		return;
	}
	if (found)
		context_log(l->ctx, WARNING, "%s; going on, as forced", why);
	l->on_learned(l->arg, l->query.request.index);
}

static void
on_config(void *arg, const struct rudder_answer *answer)
{
	char why[ERROR_WHY], more[ERROR_WHY], net[NET_TEXT];
	struct learn *l = arg;
	int rc;

	if (answer->err < 0) {
		wait_for_it(l, answer);
		return;
	}
	rc = read_it(l, answer->config, why);
	if (rc == -ENOMEM) {
		config_fini(l->config);
		query_later(&l->query, why, ask_anew);
		return;
	}
	query_ok(&l->query);
	if (rc < 0) {
		error_because(
		    rc, more, "the network config is not usable: %s", why);
		l->on_refused(l->arg, rc, more);
		return;
	}
	context_log(l->ctx, INFO,
	    "config: network %s, %llu subnets of length %u",
	    net_cidr(net, l->config->network),
	    (unsigned long long)config_subnets(l->config),
	    l->config->subnet_len);
	l->query.request.index = answer->index;
	check_overlap(l);
}
