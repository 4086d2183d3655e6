/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "deed.h"
#include "net.h"

void
deed_init(struct deed *d, struct context *ctx, const struct registry *registry,
    void (*again)(void *), void *arg)
{
	*d = (struct deed){ .ctx = ctx, .again = again };
	query_init(&d->query, ctx, registry, "lease", arg);
}

void
deed_stop(struct deed *d)
{
	query_stop(&d->query);
}

void
deed_fini(struct deed *d)
{
	free(d->value);
	d->value = NULL;
}

/* ---- What it says -------------------------------------------------------------- */

void
deed_note(struct deed *d, const struct rudder_record *r)
{
	struct attrs a;

	d->subnet = r->subnet;
	d->version = r->version;
	d->created = r->created;
	if (attrs_parse(&a, r->value) == 0)
		d->registered = a.public_ip;
}

/* Takes the value. */
static int
set_value(struct deed *d, char *value, bool same)
{
	free(d->value);
	d->value = value;
	d->same = same;
	if (value != NULL)
		return 0;
	query_later(&d->query, "no memory", d->again);
	return -ENOMEM;
}

int
deed_amend(struct deed *d, const struct attrs *a, const char *there)
{
	return set_value(d, attrs_complete(a, there), attrs_match(a, there));
}

/*
 * An address of ours: the one we are at, or one that we moved away from and
 * the registry may still have, from the last write that was answered or from
 * one after it.
 */
static bool
is_our_address(const struct deed *d, const struct attrs *ours, uint32_t ip)
{
	struct attrs written;

	if (ip == ours->public_ip || (ip != 0 && ip == d->registered))
		return true;
	return d->value != NULL && attrs_parse(&written, d->value) == 0 &&
	       written.public_ip == ip;
}

/*
 * Still ours, at the subnet that we have had. A value that says nothing does
 * not claim anything as long as nobody else can have written it: a host of
 * 2014 that took the subnet when our time had run out renews with an empty
 * one (F04, F12). One that names us with another node id or backend is of a
 * twin: we would write over each other for ever.
 */
bool
deed_is_ours(const struct deed *d, const struct attrs *ours, bool held,
    const struct rudder_record *r)
{
	struct attrs a;

	if (attrs_parse(&a, r->value) < 0)
		return held;
	if (!is_our_address(d, ours, a.public_ip))
		return false;
	if (a.node_id[0] != '\0' && ours->node_id[0] != '\0' &&
	    strcmp(a.node_id, ours->node_id) != 0)
		return false;
	return r->ttl == 0 || strcasecmp(a.backend, ours->backend) == 0;
}

/* ---- Asking ------------------------------------------------------------------------ */

static void
ask(struct deed *d, query_op *op, deed_answer *on_answer)
{
	d->sent = clock_now(&d->ctx->clock);
	query_send(&d->query, op, on_answer, d->again);
}

void
deed_list(struct deed *d, deed_answer *on_answer)
{
	ask(d, d->query.registry->ops->list, on_answer);
}

void
deed_create(
    struct deed *d, const struct attrs *a, unsigned ttl, deed_answer *on_answer)
{
	char net[NET_TEXT], value[ATTRS_TEXT];

	if (set_value(d, strdup(attrs_format(value, a)), false) < 0)
		return;
	context_log(
	    d->ctx, DEBUG, "lease: asking for %s", net_cidr(net, d->subnet));
	d->query.request.subnet = d->subnet;
	d->query.request.value = d->value;
	d->query.request.ttl = ttl;
	ask(d, d->query.registry->ops->create, on_answer);
}

void
deed_renew(struct deed *d, unsigned ttl, deed_answer *on_answer)
{
	d->query.request.subnet = d->subnet;
	d->query.request.value = d->value;
	d->query.request.same_value = d->same;
	d->query.request.version = d->version;
	d->query.request.ttl = ttl;
	ask(d, d->query.registry->ops->renew, on_answer);
}

bool
deed_release(struct deed *d, struct rudder_net subnet, uint64_t version,
    deed_answer *on_answer)
{
	const struct rudder_registry *ops = d->query.registry->ops;

	if (ops->release == NULL)
		return false;
	d->query.request.subnet = subnet;
	d->query.request.version = version;
	ask(d, ops->release, on_answer);
	return true;
}
