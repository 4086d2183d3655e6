/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry in an etcd of API version 2.
 *
 *	<prefix>/config			the network config
 *	<prefix>/subnets/10.1.5.0-24	a lease, with a time to live
 *
 * call.h tells what becomes of a request.
 */
#include <errno.h>
#include <stdlib.h>

#include <rudder/module.h>

#include "call.h"

/* ---- Open and close ---------------------------------------------------- */

/* Accepts what etcd2_open left half done. */
static void
etcd2_close(void *registry)
{
	struct etcd2 *etcd = registry;

	call_cancel_all(etcd);
	if (etcd->http != NULL)
		http_free(etcd->http);
	settings_fini(&etcd->settings);
	free(etcd);
}

static int
etcd2_open(const struct rudder_env *env, void **registry)
{
	struct etcd2 *etcd = calloc(1, sizeof(*etcd));
	int rc;

	if (etcd == NULL)
		return -ENOMEM;
	etcd->env = env;
	LIST_INIT(&etcd->calls);
	rc = settings_read(&etcd->settings, env);
	if (rc == 0 && (etcd->http = http_new(env->base, &call_limits,
			    &etcd->settings.creds)) == NULL)
		rc = -ENOMEM;
	if (rc < 0) {
		etcd2_close(etcd);
		return rc;
	}
	*registry = etcd;
	return 0;
}

/* ---- Requests ---------------------------------------------------------- */

static int
etcd2_config(void *registry, struct rudder_request *request)
{
	return call_ask(registry, request,
	    request->index == 0 ? REPLY_CONFIG : REPLY_CONFIG_WAIT);
}

static int
etcd2_list(void *registry, struct rudder_request *request)
{
	return call_ask(registry, request, REPLY_LIST);
}

static int
etcd2_create(void *registry, struct rudder_request *request)
{
	return call_ask(registry, request, REPLY_CREATE);
}

/* To etcd, an index of 0 is no condition at all (F12). */
static int
etcd2_renew(void *registry, struct rudder_request *request)
{
	bool refresh = request->same_value && request->ttl > 0;

	if (request->version == 0)
		return -EINVAL;
	return call_ask(
	    registry, request, refresh ? REPLY_REFRESH : REPLY_RENEW);
}

static int
etcd2_release(void *registry, struct rudder_request *request)
{
	if (request->version == 0)
		return -EINVAL;
	return call_ask(registry, request, REPLY_RELEASE);
}

static int
etcd2_watch(void *registry, struct rudder_request *request)
{
	return call_ask(registry, request, REPLY_WATCH);
}

static void
etcd2_cancel(void *registry, struct rudder_request *request)
{
	(void)registry;
	if (request->impl != NULL)
		call_cancel(request->impl);
}

/* ---- Questions that cost nothing --------------------------------------- */

static bool
etcd2_is_within(void *registry, struct rudder_net net)
{
	const struct etcd2 *etcd = registry;

	return endpoints_within(&etcd->settings.endpoints, net);
}

static size_t
etcd2_stats(void *registry, struct rudder_stat *stats, size_t n)
{
	static const char *const names[CALL_COUNTS] = {
		[CALL_REQUESTS] = "etcd_requests",
		[CALL_POLLS] = "etcd_polls",
		[CALL_ANSWERS] = "etcd_answers",
		[CALL_ERRORS] = "etcd_errors",
		[CALL_TIMEOUTS] = "etcd_timeouts",
		[CALL_ROTATIONS] = "etcd_rotations",
		[CALL_BYTES] = "etcd_rx_bytes",
	};
	const struct etcd2 *etcd = registry;

	for (size_t i = 0; i < CALL_COUNTS && i < n; i++)
		stats[i] = (struct rudder_stat){ .name = names[i],
			.value = etcd->counts[i] };
	return CALL_COUNTS;
}

/* ---- The module -------------------------------------------------------- */

static const struct rudder_registry ops = {
	.open = etcd2_open,
	.close = etcd2_close,
	.config = etcd2_config,
	.list = etcd2_list,
	.create = etcd2_create,
	.renew = etcd2_renew,
	.release = etcd2_release,
	.watch = etcd2_watch,
	.cancel = etcd2_cancel,
	.is_within = etcd2_is_within,
	.stats = etcd2_stats,
};

RUDDER_MODULE(etcd2) = {
	.abi = RUDDER_MODULE_ABI,
	.name = "etcd2",
	.options = settings_options,
	.registry = &ops,
};
