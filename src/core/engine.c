/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine.h"
#include "net.h"

static void next(struct engine *);
static void say_ready(struct engine *);

/* ---- The end, and going forward ------------------------------------------- */

static void
quiet(struct engine *e)
{
	timer_stop(&e->begin);
	underlay_stop(&e->underlay);
	learn_stop(&e->learn);
	revise_stop(&e->revise);
	lease_stop(&e->lease);
	peers_stop(&e->peers);
	env_stop(&e->registry_env);
	carrier_stop(&e->carrier);
}

/* The last thing that its caller does: the owner may stop us in it. */
static void __attribute__((format(printf, 3, 4)))
fail(struct engine *e, int err, const char *fmt, ...)
{
	char why[ERROR_WHY];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	error_printable(why);
	quiet(e);
	e->over = true;
	e->on_failed(e->arg, err, why);
}

static void
on_module_failed(void *arg, int err, const char *why)
{
	fail(arg, err, "%s", why);
}

/* ---- LINK ------------------------------------------------------------------- */

static uint32_t
public_ip(const struct engine *e)
{
	uint32_t ip = e->underlay.link.ip;

	if (e->public_ip != NULL)
		net_parse_ip(e->public_ip, &ip);
	return ip;
}

static void
find_link(void *arg)
{
	struct engine *e = arg;

	e->underlay.iface = e->iface;
	underlay_find(&e->underlay);
}

/* What the lease would say must be of use to those who read it. */
static int
check_public_ip(const struct engine *e, char why[ERROR_WHY])
{
	const struct link *l = &e->underlay.link;
	char ip[NET_TEXT];

	if (net_is_host(public_ip(e)))
		return 0;
	return error_because(-EADDRNOTAVAIL, why,
	    "%s has the address %s, to which no other host can send: name "
	    "another interface by -iface, or the address at which the others "
	    "reach this host by -public-ip",
	    l->name, net_ip(ip, public_ip(e)));
}

static void
on_found(void *arg)
{
	struct engine *e = arg;
	const struct link *l = &e->underlay.link;
	char why[ERROR_WHY], ip[NET_TEXT];
	int rc = check_public_ip(e, why);

	if (rc < 0) {
		fail(e, rc, "iface: %s", why);
		return;
	}
	if (!net_is_host(l->ip))
		context_log(e->ctx, WARNING,
		    "iface: what %s sends from %s reaches no other host",
		    l->name, net_ip(ip, l->ip));
	next(e);
}

static void
on_no_link(void *arg, int err, const char *why)
{
	fail(arg, err, "iface: %s", why);
}

/* ---- CONFIG ----------------------------------------------------------------- */

static void
get_config(void *arg)
{
	struct engine *e = arg;

	e->learn.config = &e->config;
	e->learn.options = e->options;
	e->learn.backend = e->backend_module;
	e->learn.link = &e->underlay.link;
	e->learn.public_ip = public_ip(e);
	e->learn.force_overlap = e->force_overlap;
	learn_begin(&e->learn);
}

static void
on_learned(void *arg, uint64_t index)
{
	struct engine *e = arg;
	char why[ERROR_WHY];
	int rc = carrier_open(&e->carrier, why);

	e->config_index = index;
	if (rc < 0)
		fail(e, rc, "%s", why);
	else
		next(e);
}

static void
on_refused(void *arg, int err, const char *why)
{
	fail(arg, err, "%s", why);
}

/* ---- LEASE ------------------------------------------------------------------- */

/* The config is followed from here on: where all subnets are taken, another
 * one may be what is waited for. */
static void
take_lease(void *arg)
{
	struct engine *e = arg;

	e->lease.config = &e->config;
	e->lease.terms = e->terms;
	e->lease.attrs.public_ip = public_ip(e);
	snprintf(e->lease.attrs.backend, sizeof(e->lease.attrs.backend), "%s",
	    e->backend_module->name);
	snprintf(e->lease.attrs.node_id, sizeof(e->lease.attrs.node_id), "%s",
	    e->terms.node_id);
	revise_follow(&e->revise, &e->config, e->config_index);
	lease_take(&e->lease);
}

static void
on_held(void *arg)
{
	struct engine *e = arg;

	if (e->stage == STAGE_LEASE) {
		next(e);
	} else if (e->peers.members.suspended) {
		peers_resume(&e->peers);
		say_ready(e);
	}
}

static void
on_lost(void *arg, const char *why)
{
	struct engine *e = arg;

	peers_suspend(&e->peers);
	e->on_lost(e->arg, why);
}

static void
on_conflict(void *arg, const char *why)
{
	fail(arg, RUDDER_ECONFLICT, "%s", why);
}

static void
on_own(void *arg, const struct rudder_record *r)
{
	struct engine *e = arg;

	lease_heard(&e->lease, r);
}

static void
on_namesake(void *arg, const struct rudder_record *r)
{
	struct engine *e = arg;

	lease_namesake(&e->lease, r);
}

/* ---- ATTACH and RUN ------------------------------------------------------------ */

static struct rudder_attach
place(const struct engine *e)
{
	return (struct rudder_attach){
		.network = e->config.network,
		.subnet = e->lease.deed.subnet,
		.iface = e->underlay.link.name,
		.ifindex = e->underlay.link.ifindex,
		.iface_mtu = e->underlay.link.mtu,
		.iface_ip = e->underlay.link.ip,
		.public_ip = public_ip(e),
	};
}

/* Not while nothing flows: then it is said when the subnet is ours again. */
static void
say_ready(struct engine *e)
{
	struct rudder_lease facts = {
		.network = e->config.network,
		.subnet = e->lease.deed.subnet,
		.public_ip = e->lease.attrs.public_ip,
		.mtu = e->carrier.device.mtu,
		.device = e->carrier.device.name,
	};

	if (!e->peers.members.suspended)
		e->on_ready(e->arg, &facts);
}

static void
attach(void *arg)
{
	struct engine *e = arg;
	struct rudder_attach at = place(e);
	char why[ERROR_WHY];
	int rc = carrier_attach(&e->carrier, &at, why);

	if (rc < 0) {
		fail(e, rc, "%s", why);
		return;
	}
	e->underlay.own = e->carrier.device.name;
	next(e);
}

static void
run(void *arg)
{
	struct engine *e = arg;

	e->peers.members.backend = e->backend_module->backend;
	e->peers.members.backend_state = e->carrier.state;
	e->peers.members.config = &e->config;
	e->peers.facts = &e->underlay.facts;
	e->peers.members.own = e->lease.deed.subnet;
	e->peers.members.public_ip = e->lease.attrs.public_ip;
	peers_follow(&e->peers);
	say_ready(e);
}

/* The rule that the peers are held against has changed; if there are any. */
static void
on_bounds(void *arg)
{
	struct engine *e = arg;

	if (e->stage == STAGE_RUN)
		peers_judge(&e->peers);
}

/* ---- Another underlay -------------------------------------------------------- */

static int
cannot_move(struct engine *e, const struct link *from, char why[ERROR_WHY])
{
	const struct link *to = &e->underlay.link;
	char was[NET_TEXT], is[NET_TEXT];

	error_because(0, why,
	    "%s with address %s and MTU %u became %s with address %s and "
	    "MTU %u, which the backend %s cannot follow: start anew",
	    from->name, net_ip(was, from->ip), from->mtu, to->name,
	    net_ip(is, to->ip), to->mtu, e->backend_module->name);
	fail(e, -EOPNOTSUPP, "iface: %s", why);
	return -EOPNOTSUPP;
}

/*
 * The backend first: what the others send to the new address must find it
 * there. Until they know, they send to the old one.
 */
static int
on_moved(void *arg, const struct link *from, char why[ERROR_WHY])
{
	struct engine *e = arg;
	const struct link *to = &e->underlay.link;
	char net[NET_TEXT], ip[NET_TEXT];
	struct rudder_attach at;
	int rc = check_public_ip(e, why);

	if (rc < 0)
		return rc;
	e->learn.public_ip = public_ip(e);
	if (e->stage < STAGE_LEASE)
		return 0;
	if (net_has(e->config.network, to->ip) && !e->force_overlap)
		return error_because(-EADDRNOTAVAIL, why,
		    "%s has the address %s by now, which is inside of "
		    "Network %s: not followed",
		    to->name, net_ip(ip, to->ip),
		    net_cidr(net, e->config.network));
	if (e->stage == STAGE_RUN) {
		if (!carrier_can_move(&e->carrier))
			return cannot_move(e, from, why);
		at = place(e);
		rc = carrier_move(&e->carrier, &at, why);
		if (rc < 0)
			return rc;
	}
	e->peers.members.public_ip = public_ip(e);
	lease_move(&e->lease, public_ip(e));
	if (e->stage == STAGE_RUN)
		say_ready(e);
	return 0;
}

void
engine_reload(struct engine *e)
{
	if (e->over || e->stage < STAGE_LEASE)
		return;
	revise_again(&e->revise);
	if (e->stage == STAGE_RUN)
		peers_again(&e->peers);
}

/* ---- How it is ---------------------------------------------------------------- */

const char *
engine_unready(const struct engine *e)
{
	static const char *const waiting[] = {
		[STAGE_LINK] = "it looks for an interface",
		[STAGE_CONFIG] = "it waits for the network config",
		[STAGE_LEASE] = "it takes a lease",
		[STAGE_ATTACH] = "it builds its device",
	};

	if (e->over)
		return "it has failed";
	if (e->stage < STAGE_RUN)
		return waiting[e->stage];
	if (!lease_is_held(&e->lease))
		return "its lease is held no longer";
	if (e->peers.listed == 0)
		return "it does not know the other hosts yet";
	return NULL;
}

uint64_t
engine_heard(const struct engine *e)
{
	const struct query *queries[] = { &e->learn.query, &e->revise.query,
		&e->lease.deed.query, &e->peers.query };
	uint64_t heard = 0;

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		if (queries[i]->heard > heard)
			heard = queries[i]->heard;
	}
	return heard;
}

/* ---- From outside --------------------------------------------------------------- */

static void (*const stages[])(void *engine) = {
	[STAGE_LINK] = find_link,
	[STAGE_CONFIG] = get_config,
	[STAGE_LEASE] = take_lease,
	[STAGE_ATTACH] = attach,
	[STAGE_RUN] = run,
};

static void
next(struct engine *e)
{
	stages[++e->stage](e);
}

static void
on_begin(void *arg)
{
	struct engine *e = arg;

	stages[e->stage](e);
}

static void
init_underlay(struct engine *e)
{
	underlay_init(&e->underlay, e->ctx, e);
	e->underlay.on_found = on_found;
	e->underlay.on_moved = on_moved;
	e->underlay.on_failed = on_no_link;
}

static void
init_rooms(struct engine *e)
{
	timer_init(&e->begin, &e->ctx->clock, on_begin, e);
	init_underlay(e);
	learn_init(&e->learn, e->ctx, &e->registry, e);
	e->learn.on_learned = on_learned;
	e->learn.on_refused = on_refused;
	revise_init(&e->revise, e->ctx, &e->registry);
	e->revise.on_bounds = on_bounds;
	e->revise.arg = e;
	lease_init(&e->lease, e->ctx, &e->registry, e);
	e->lease.on_held = on_held;
	e->lease.on_lost = on_lost;
	e->lease.on_conflict = on_conflict;
	peers_init(&e->peers, e->ctx, &e->registry, e);
	e->peers.on_own = on_own;
	e->peers.on_namesake = on_namesake;
	env_init(&e->registry_env, e->ctx, e->options, e->registry_module);
	carrier_init(&e->carrier, e->ctx, e->options, e->backend_module);
	e->registry_env.on_failed = on_module_failed;
	e->registry_env.arg = e;
	e->carrier.env.on_failed = on_module_failed;
	e->carrier.env.arg = e;
}

int
engine_open(struct engine *e, const char **why)
{
	const struct rudder_registry *ops = e->registry_module->registry;
	int rc;

	init_rooms(e);
	env_begin(&e->registry_env);
	rc = ops->open(&e->registry_env.given, &e->registry.state);
	*why = env_end(&e->registry_env, rc);
	if (rc < 0)
		return rc;
	e->registry.ops = ops;
	timer_set(&e->begin, 0);
	return 0;
}

void
engine_close(struct engine *e)
{
	quiet(e);
	carrier_close(&e->carrier);
	if (e->registry.ops != NULL)
		e->registry.ops->close(e->registry.state);
	e->registry.ops = NULL;
	underlay_fini(&e->underlay);
	peers_fini(&e->peers);
	lease_fini(&e->lease);
	config_fini(&e->config);
}
