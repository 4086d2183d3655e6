/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public face of the library: options, modules, and the one hard
 * promise, that a host may stop and free us inside of any callback.
 *
 * A callback may have been called from deep inside of a module, whose
 * functions are still on the stack. So rudder_stop() in a callback only
 * makes us deaf and mute, which is at once; the module is closed, and the
 * handle freed, by an event of ours in the next turn of the loop. For
 * freeing it is a finalizer, which event_base_free() runs too where there
 * is no next turn.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/util.h>

#include "dry.h"
#include "engine.h"
#include "loader.h"
#include "machine.h"
#include "net.h"
#include "status.h"

enum life { NEW, RUNNING, STOPPED };

struct rudder {
	struct context ctx;
	struct options options;
	struct loaded registry, backend;
	struct engine engine;
	struct dry dry;		   /* of a rehearsal */
	struct rudder_lease facts; /* of it, until all was said */
	struct rudder_callbacks callbacks;
	void *arg;
	struct event *reaper;
	enum life life;
	bool opened;	/* the engine */
	unsigned depth; /* callbacks that we are inside of */
	char
	    node_id[MACHINE_NAME]; /* the default; "": not asked yet, or none */
	char why[ERROR_WHY];
};

enum core_option {
	REGISTRY,
	BACKEND,
	MODULE_PATH,
	IFACE,
	PUBLIC_IP,
	NODE_ID,
	SUBNET,
	ON_LEASE_LOSS,
	LEASE_SECONDS,
	FORCE_OVERLAP,
	DRY_RUN,
};

static const struct rudder_option core_options[] = {
	[REGISTRY] = { .name = "registry",
	    .def = "etcd2",
	    .value = "name",
	    .help = "the module that knows where subnets are leased" },
	[BACKEND] = { .name = "backend",
	    .def = "udp",
	    .value = "name",
	    .help = "the module that carries the packets; must be the "
		    "Backend.Type of the network config, where that is set" },
	[MODULE_PATH] = { .name = "module-dir",
	    .def = MODULE_DIR,
	    .value = "path",
	    .help = "where modules are found" },
	[IFACE] = { .name = "iface",
	    .value = "name|address",
	    .help = "the interface that carries our packets; without it the "
		    "one of the default route" },
	[PUBLIC_IP] = { .name = "public-ip",
	    .value = "address",
	    .help = "what the others send to, where it is not the "
		    "interface's own" },
	[NODE_ID] = { .name = "node-id",
	    .value = "text",
	    .help = "which machine this is, in its lease; without it a hash of "
		    "its machine-id; empty: not told" },
	[SUBNET] = { .name = "subnet",
	    .value = "network",
	    .help = "the subnet that this host had before, as 10.1.5.0/24: "
		    "claimed again" },
	[ON_LEASE_LOSS] = { .name = "on-lease-loss",
	    .def = "quarantine",
	    .value = "policy",
	    .help = "what to do when another host has our subnet: keep, "
		    "quarantine or exit" },
	[LEASE_SECONDS] = { .name = "lease-ttl",
	    .type = RUDDER_NUMBER,
	    .def = "86400",
	    .value = "seconds",
	    .help = "how long a lease lasts; for tests",
	    .min = LEASE_TTL_MIN,
	    .max = LEASE_TTL_MAX },
	[FORCE_OVERLAP] = { .name = "force-overlap",
	    .type = RUDDER_BOOL,
	    .def = "false",
	    .help = "go on with a Network that overlaps with one that this "
		    "host lives in" },
	[DRY_RUN] = { .name = "dry-run",
	    .type = RUDDER_BOOL,
	    .def = "false",
	    .help = "say what would be done, and change nothing" },
	{ .name = NULL },
};

static const char *
core_option(const struct rudder *r, enum core_option which)
{
	const char *value = options_get(&r->options, &core_options[which]);

	return value != NULL && value[0] == '\0' ? NULL : value;
}

static void
name_machine(struct rudder *r)
{
	if (r->node_id[0] == '\0' && machine_name(r->node_id) < 0)
		r->node_id[0] = '\0';
}

static bool
core_is_true(const struct rudder *r, enum core_option which)
{
	const char *value = core_option(r, which);

	return value != NULL && strcmp(value, "true") == 0;
}

/* ---- Callbacks --------------------------------------------------------------- */

static void
on_line(void *arg, enum rudder_level level, const char *line)
{
	struct rudder *r = arg;

	if (r->ctx.stopped || r->callbacks.log == NULL)
		return;
	r->depth++;
	r->callbacks.log(r, level, line, r->arg);
	r->depth--;
}

static void
on_ready(void *arg, const struct rudder_lease *facts)
{
	struct rudder *r = arg;

	if (r->ctx.stopped || r->callbacks.ready == NULL)
		return;
	r->depth++;
	r->callbacks.ready(r, facts, r->arg);
	r->depth--;
}

/* A rehearsal is over when the peers are known too. */
static void
on_rehearsed(void *arg, const struct rudder_lease *facts)
{
	struct rudder *r = arg;

	r->facts = *facts;
}

static void
on_settled(void *arg)
{
	struct rudder *r = arg;

	on_ready(r, &r->facts);
}

static void
on_lost(void *arg, const char *why)
{
	struct rudder *r = arg;

	if (r->ctx.stopped || r->callbacks.lost == NULL)
		return;
	r->depth++;
	r->callbacks.lost(r, why, r->arg);
	r->depth--;
}

static void
on_failed(void *arg, int err, const char *why)
{
	struct rudder *r = arg;

	if (r->ctx.stopped || r->callbacks.failed == NULL)
		return;
	r->depth++;
	r->callbacks.failed(r, err, why, r->arg);
	r->depth--;
}

static uint32_t
random_below(void *arg, uint32_t below)
{
	uint32_t v;

	(void)arg;
	evutil_secure_rng_get_bytes(&v, sizeof(v));
	return (uint32_t)((uint64_t)v * below >> 32);
}

/* ---- Before the start ---------------------------------------------------------- */

static void on_reap(evutil_socket_t fd, short what, void *arg);

int
rudder_new(struct rudder **out, struct event_base *base,
    const struct rudder_callbacks *callbacks, void *arg)
{
	struct rudder *r;

	if (base == NULL)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	r->reaper = event_new(base, -1, 0, on_reap, r);
	if (r->reaper == NULL) {
		free(r);
		return -ENOMEM;
	}
	if (callbacks != NULL)
		r->callbacks = *callbacks;
	r->arg = arg;
	r->ctx.log = (struct log){ .line = on_line, .arg = r };
	r->ctx.random = random_below;
	clock_init(&r->ctx.clock, base);
	host_init(&r->ctx.host);
	options_init(&r->options);
	options_add(&r->options, core_options);
	*out = r;
	return 0;
}

int
rudder_load(struct rudder *r)
{
	const char *dir = core_option(r, MODULE_PATH);
	const char *registry = core_option(r, REGISTRY);
	const char *backend = core_option(r, BACKEND);
	int rc;

	if (r->backend.module != NULL)
		return 0;
	dir = dir != NULL ? dir : MODULE_DIR;
	rc = loader_load(&r->registry, LOADER_REGISTRY,
	    registry != NULL ? registry : "", dir, r->why);
	if (rc < 0)
		return rc;
	rc = loader_load(&r->backend, LOADER_BACKEND,
	    backend != NULL ? backend : "", dir, r->why);
	if (rc < 0) {
		loader_unload(&r->registry);
		return rc;
	}
	options_add(&r->options, r->registry.module->options);
	options_add(&r->options, r->backend.module->options);
	return 0;
}

/* ---- What the tables cannot say ---------------------------------------------- */

static int
check_address(struct rudder *r, const char *value)
{
	uint32_t ip;

	if (value[0] == '\0' || net_parse_ip(value, &ip) == 0)
		return 0;
	return error_because(RUDDER_EOPTION, r->why,
	    "public-ip: \"%.64s\" is not an IPv4 address, as in 192.168.0.7",
	    value);
}

static int
check_node_id(struct rudder *r, const char *value)
{
	if (value[0] == '\0' || attrs_is_node_id(value))
		return 0;
	return error_because(RUDDER_EOPTION, r->why,
	    "node-id: \"%.80s\" is not 1 to %d letters, digits and any of "
	    "./_:-",
	    value, ATTRS_NODE_ID_MAX);
}

static int
check_subnet(struct rudder *r, const char *value)
{
	struct rudder_net net;

	if (value[0] == '\0' || net_parse_cidr(value, &net) == 0)
		return 0;
	return error_because(RUDDER_EOPTION, r->why,
	    "subnet: \"%.64s\" is not an IPv4 network, as in 10.1.5.0/24",
	    value);
}

static const char *const policies[] = {
	[LEASE_KEEP] = "keep",
	[LEASE_QUARANTINE] = "quarantine",
	[LEASE_EXIT] = "exit",
};

/* -1: none of them. */
static int
find_policy(const char *value)
{
	int i = LEASE_EXIT;

	while (i >= 0 && strcmp(policies[i], value) != 0)
		i--;
	return i;
}

static int
check_policy(struct rudder *r, const char *value)
{
	if (find_policy(value) >= 0)
		return 0;
	return error_because(RUDDER_EOPTION, r->why,
	    "on-lease-loss: \"%.64s\" is none of keep, quarantine, exit",
	    value);
}

static int (*const checks[])(struct rudder *, const char *value) = {
	[PUBLIC_IP] = check_address,
	[NODE_ID] = check_node_id,
	[SUBNET] = check_subnet,
	[ON_LEASE_LOSS] = check_policy,
};

static int
check_core(
    struct rudder *r, const struct rudder_option *option, const char *value)
{
	size_t which = (size_t)(option - core_options);

	if (which <= MODULE_PATH && r->backend.module != NULL)
		return error_because(RUDDER_ESTATE, r->why,
		    "%s: too late, the modules "
		    "are loaded: set it before their own options",
		    option->name);
	if (which >= sizeof(checks) / sizeof(checks[0]) ||
	    checks[which] == NULL)
		return 0;
	return checks[which](r, value);
}

int
rudder_set(struct rudder *r, const char *name, const char *value)
{
	const struct rudder_option *option = options_find(&r->options, name);
	int rc = 0;

	if (r->life != NEW)
		return error_because(
		    RUDDER_ESTATE, r->why, "%s: too late, it is running", name);
	if (option == NULL) {
		rc = rudder_load(r);
		option = options_find(&r->options, name);
	} else if (option >= core_options &&
		   option < core_options + sizeof(core_options) /
					       sizeof(core_options[0])) {
		rc = check_core(r, option, value);
	}
	if (rc < 0)
		return rc;
	if (option == NULL)
		return error_because(RUDDER_EOPTION, r->why,
		    "there is no option \"%.64s\" of rudder, %s or %s", name,
		    r->registry.module->name, r->backend.module->name);
	return options_set(&r->options, option, value, r->why);
}

const char *
rudder_get(struct rudder *r, const char *name)
{
	const struct rudder_option *option = options_find(&r->options, name);
	const char *value =
	    option != NULL ? options_get(&r->options, option) : NULL;

	if (option != &core_options[NODE_ID] || value != NULL)
		return value;
	name_machine(r);
	return r->node_id[0] != '\0' ? r->node_id : NULL;
}

const struct rudder_option *
rudder_option_next(struct rudder *r, const struct rudder_option *prev)
{
	return options_next(&r->options, prev);
}

/* ---- Start, stop, free ------------------------------------------------------------ */

/* The options were checked when they were set. */
static struct lease_terms
read_terms(struct rudder *r)
{
	const char *id = rudder_get(r, "node-id");
	struct lease_terms terms = {
		.ttl =
		    (unsigned)strtoul(core_option(r, LEASE_SECONDS), NULL, 10),
		.on_loss =
		    (enum lease_loss)find_policy(core_option(r, ON_LEASE_LOSS)),
		.node_id = id != NULL ? id : "",
	};

	if (core_option(r, SUBNET) != NULL)
		net_parse_cidr(core_option(r, SUBNET), &terms.former);
	return terms;
}

static void
rehearse(struct rudder *r)
{
	dry_init(&r->dry, &r->ctx, r->registry.module, r->backend.module);
	r->dry.on_settled = on_settled;
	r->dry.arg = r;
	r->engine.registry_module = &r->dry.registry_module;
	r->engine.backend_module = &r->dry.backend_module;
	r->engine.on_ready = on_rehearsed;
}

int
rudder_start(struct rudder *r)
{
	const char *why;
	int rc;

	if (r->life != NEW)
		return error_because(RUDDER_ESTATE, r->why,
		    "it was started before: make a new one");
	rc = rudder_load(r);
	if (rc < 0)
		return rc;
	r->life = RUNNING;
	r->opened = true;
	r->engine = (struct engine){
		.ctx = &r->ctx,
		.options = &r->options,
		.registry_module = r->registry.module,
		.backend_module = r->backend.module,
		.iface = core_option(r, IFACE),
		.public_ip = core_option(r, PUBLIC_IP),
		.terms = read_terms(r),
		.force_overlap = core_is_true(r, FORCE_OVERLAP),
		.on_ready = on_ready,
		.on_lost = on_lost,
		.on_failed = on_failed,
		.arg = r,
	};
	if (core_is_true(r, DRY_RUN))
		rehearse(r);
	rc = engine_open(&r->engine, &why);
	if (rc < 0) {
		error_because(rc, r->why, "%s", why);
		rudder_stop(r);
	}
	return rc;
}

static void
close_engine(struct rudder *r)
{
	if (r->opened)
		engine_close(&r->engine);
	r->opened = false;
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	close_engine(arg);
}

void
rudder_stop(struct rudder *r)
{
	if (r->life != RUNNING)
		return;
	r->life = STOPPED;
	r->ctx.stopped = true;
	r->ctx.clock.stopped = true;
	if (r->depth > 0)
		event_active(r->reaper, 0, 0);
	else
		close_engine(r);
}

static void
free_all(struct rudder *r)
{
	close_engine(r);
	loader_unload(&r->backend);
	loader_unload(&r->registry);
	options_fini(&r->options);
	free(r);
}

static void
on_finalize(struct event *reaper, void *arg)
{
	(void)reaper;
	free_all(arg);
}

void
rudder_free(struct rudder *r)
{
	if (r == NULL)
		return;
	rudder_stop(r);
	if (r->depth > 0) {
		event_free_finalize(0, r->reaper, on_finalize);
		return;
	}
	event_free(r->reaper);
	free_all(r);
}

int
rudder_reload(struct rudder *r)
{
	if (r->life != RUNNING)
		return error_because(
		    RUDDER_ESTATE, r->why, "reload: it is not running");
	engine_reload(&r->engine);
	return 0;
}

/* ---- Status ----------------------------------------------------------------------- */

char *
rudder_status(struct rudder *r)
{
	json_t *status = r->opened ? status_of(&r->engine)
				   : json_pack("{s:b, s:s}", "ready", 0, "why",
					 "it is not running");
	char *text;

	if (status != NULL &&
	    json_object_set_new(status, "version", json_string(VERSION)) < 0) {
		json_decref(status);
		return NULL;
	}
	text = json_dumps(status, JSON_INDENT(2));
	json_decref(status);
	return text;
}

/* ---- Words ------------------------------------------------------------------------- */

const char *
rudder_why(const struct rudder *r)
{
	return r->why;
}

const char *
rudder_strerror(int err)
{
	return error_text(err);
}

const char *
rudder_version(void)
{
	return VERSION;
}
