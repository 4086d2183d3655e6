/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "dry.h"
#include "env.h"
#include "net.h"

/* ---- Requests that we answer ourselves ---------------------------------- */

struct dry_request {
	LIST_ENTRY(dry_request) link;
	struct dry *dry;
	struct rudder_request *request;
	struct timer timer;
	size_t n_records; /* 1: the lease, as it would be now */
};

static void
forget(struct dry_request *d)
{
	timer_stop(&d->timer);
	LIST_REMOVE(d, link);
	free(d);
}

static void
on_written(void *arg)
{
	struct dry_request *d = arg;
	struct rudder_request *request = d->request;
	const struct rudder_record record = { .subnet = request->subnet,
		.value = request->value,
		.version = request->version + 1,
		.ttl = request->ttl };
	const struct rudder_answer answer = { .records = &record,
		.n_records = d->n_records };

	forget(d);
	request->done(request, &answer);
}

/* A watch has no end here: there is nothing more to be seen. */
static void
on_watched(void *arg)
{
	struct dry_request *d = arg;
	struct dry *dry = d->dry;

	if (dry->settled)
		return;
	dry->settled = true;
	dry->on_settled(dry->arg);
}

static int
answer_later(struct dry *dry, struct rudder_request *request,
    void (*on_due)(void *), size_t n_records)
{
	struct dry_request *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->dry = dry;
	d->request = request;
	d->n_records = n_records;
	timer_init(&d->timer, &dry->ctx->clock, on_due, d);
	LIST_INSERT_HEAD(&dry->requests, d, link);
	timer_set(&d->timer, 0);
	return 0;
}

/* ---- The registry ------------------------------------------------------- */

static int
registry_open(const struct rudder_env *given, void **registry)
{
	/* The env's module is the one that we gave. */
	const struct env *e = (const struct env *)given;
	struct dry *dry = (struct dry *)((const char *)e->module -
					 offsetof(struct dry, registry_module));

	*registry = dry;
	return dry->registry->registry->open(given, &dry->registry_state);
}

static void
registry_close(void *registry)
{
	struct dry *dry = registry;
	struct dry_request *d;

	while ((d = LIST_FIRST(&dry->requests)) != NULL)
		forget(d);
	dry->registry->registry->close(dry->registry_state);
}

static int
registry_config(void *registry, struct rudder_request *request)
{
	struct dry *dry = registry;

	return dry->registry->registry->config(dry->registry_state, request);
}

static int
registry_list(void *registry, struct rudder_request *request)
{
	struct dry *dry = registry;

	return dry->registry->registry->list(dry->registry_state, request);
}

static int
registry_create(void *registry, struct rudder_request *request)
{
	struct dry *dry = registry;
	char net[NET_TEXT];

	context_log(dry->ctx, INFO,
	    "dry-run: would create the lease %s for %u s: %.128s",
	    net_cidr(net, request->subnet), request->ttl, request->value);
	return answer_later(dry, request, on_written, 1);
}

static int
registry_renew(void *registry, struct rudder_request *request)
{
	struct dry *dry = registry;
	char net[NET_TEXT];

	context_log(dry->ctx, INFO,
	    "dry-run: would renew the lease %s for %u s: %.128s",
	    net_cidr(net, request->subnet), request->ttl, request->value);
	return answer_later(dry, request, on_written, 1);
}

static int
registry_release(void *registry, struct rudder_request *request)
{
	struct dry *dry = registry;
	char net[NET_TEXT];

	context_log(dry->ctx, INFO, "dry-run: would give the lease %s up",
	    net_cidr(net, request->subnet));
	return answer_later(dry, request, on_written, 0);
}

static int
registry_watch(void *registry, struct rudder_request *request)
{
	return answer_later(registry, request, on_watched, 0);
}

static void
registry_cancel(void *registry, struct rudder_request *request)
{
	struct dry *dry = registry;
	struct dry_request *d;

	LIST_FOREACH (d, &dry->requests, link) {
		if (d->request == request) {
			forget(d);
			return;
		}
	}
	dry->registry->registry->cancel(dry->registry_state, request);
}

static bool
registry_is_within(void *registry, struct rudder_net net)
{
	struct dry *dry = registry;

	return dry->registry->registry->is_within(dry->registry_state, net);
}

static size_t
registry_stats(void *registry, struct rudder_stat *stats, size_t n)
{
	struct dry *dry = registry;

	return dry->registry->registry->stats(dry->registry_state, stats, n);
}

static const struct rudder_registry registry_ops = {
	.open = registry_open,
	.close = registry_close,
	.config = registry_config,
	.list = registry_list,
	.create = registry_create,
	.renew = registry_renew,
	.release = registry_release,
	.watch = registry_watch,
	.cancel = registry_cancel,
	.is_within = registry_is_within,
	.stats = registry_stats,
};

/* ---- The backend -------------------------------------------------------- */

static int
backend_open(const struct rudder_env *given, void **backend)
{
	const struct env *e = (const struct env *)given;
	struct dry *dry = (struct dry *)((const char *)e->module -
					 offsetof(struct dry, backend_module));

	*backend = dry;
	return dry->backend->backend->open(given, &dry->backend_state);
}

static void
backend_close(void *backend)
{
	struct dry *dry = backend;

	dry->backend->backend->close(dry->backend_state);
}

/* What is left for a packet only the real one knows. */
static int
backend_attach(
    void *backend, const struct rudder_attach *at, struct rudder_device *device)
{
	struct dry *dry = backend;
	char net[NET_TEXT];

	context_log(dry->ctx, INFO,
	    "dry-run: would build a device for %s, which %s carries over %s",
	    net_cidr(net, at->subnet), dry->backend->name, at->iface);
	*device =
	    (struct rudder_device){ .mtu = at->iface_mtu, .name = "none" };
	return 0;
}

/* The peers room has a line for each. */
static int
backend_peer_set(void *backend, struct rudder_net subnet, uint32_t public_ip)
{
	(void)backend;
	(void)subnet;
	(void)public_ip;
	return 0;
}

static int
backend_peer_del(void *backend, struct rudder_net subnet)
{
	(void)backend;
	(void)subnet;
	return 0;
}

static const struct rudder_backend backend_ops = {
	.open = backend_open,
	.close = backend_close,
	.attach = backend_attach,
	.move = backend_attach,
	.peer_set = backend_peer_set,
	.peer_del = backend_peer_del,
};

/* ---- Both --------------------------------------------------------------- */

void
dry_init(struct dry *dry, struct context *ctx,
    const struct rudder_module *registry, const struct rudder_module *backend)
{
	*dry = (struct dry){ .ctx = ctx,
		.registry = registry,
		.backend = backend,
		.registry_module = *registry,
		.backend_module = *backend,
		.registry_ops = registry_ops,
		.backend_ops = backend_ops };
	LIST_INIT(&dry->requests);
	if (registry->registry->release == NULL)
		dry->registry_ops.release = NULL;
	if (registry->registry->is_within == NULL)
		dry->registry_ops.is_within = NULL;
	if (registry->registry->stats == NULL)
		dry->registry_ops.stats = NULL;
	dry->registry_module.registry = &dry->registry_ops;
	dry->backend_module.backend = &dry->backend_ops;
}
