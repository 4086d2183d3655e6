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
#include "status.h"
#include "wishes.h"

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

static void
name_machine(struct rudder *r)
{
	if (r->node_id[0] == '\0' && machine_name(r->node_id) < 0)
		r->node_id[0] = '\0';
}

/* ---- Callbacks ---------------------------------------------------------- */

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

/* ---- Before the start --------------------------------------------------- */

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
	options_add(&r->options, wishes_table);
	*out = r;
	return 0;
}

int
rudder_load(struct rudder *r)
{
	const char *dir = wishes_get(&r->options, WISH_MODULE_DIR);
	const char *registry = wishes_get(&r->options, WISH_REGISTRY);
	const char *backend = wishes_get(&r->options, WISH_BACKEND);
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

/* ---- Options ------------------------------------------------------------ */

static int
check_wish(
    struct rudder *r, const struct rudder_option *option, const char *value)
{
	int which = wishes_find(option);

	if (which < 0)
		return 0;
	if (which <= WISH_MODULE_DIR && r->backend.module != NULL)
		return error_because(RUDDER_ESTATE, r->why,
		    "%s: too late, the modules "
		    "are loaded: set it before their own options",
		    option->name);
	return wishes_check((enum wish)which, value, r->why);
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
	} else {
		rc = check_wish(r, option, value);
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

	if (option != &wishes_table[WISH_NODE_ID] || value != NULL)
		return value;
	name_machine(r);
	return r->node_id[0] != '\0' ? r->node_id : NULL;
}

const struct rudder_option *
rudder_option_next(struct rudder *r, const struct rudder_option *prev)
{
	return options_next(&r->options, prev);
}

/* ---- Start, stop, free -------------------------------------------------- */

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
		.iface = wishes_get(&r->options, WISH_IFACE),
		.public_ip = wishes_get(&r->options, WISH_PUBLIC_IP),
		.terms = wishes_terms(&r->options, rudder_get(r, "node-id")),
		.force_overlap =
		    wishes_is_true(&r->options, WISH_FORCE_OVERLAP),
		.on_ready = on_ready,
		.on_lost = on_lost,
		.on_failed = on_failed,
		.arg = r,
	};
	if (wishes_is_true(&r->options, WISH_DRY_RUN))
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

/* ---- Status ------------------------------------------------------------- */

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

/* ---- Words -------------------------------------------------------------- */

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
