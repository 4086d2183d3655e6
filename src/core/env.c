/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "env.h"

/* `given` is the first member. */
static struct env *
inside(const struct rudder_env *given)
{
	return (struct env *)given;
}

/* A module sees its own options and no others. */
static const char *
env_option(const struct rudder_env *given, const char *name)
{
	struct env *e = inside(given);
	const struct rudder_option *row = e->module->options;

	for (; row != NULL && row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return options_get(e->options, row);
	}
	return NULL;
}

static void
env_log(const struct rudder_env *given, enum rudder_level level,
    const char *fmt, ...)
{
	struct env *e = inside(given);
	va_list ap;

	va_start(ap, fmt);
	if (e->opening && level == RUDDER_ERROR)
		vsnprintf(e->why, sizeof(e->why), fmt, ap);
	else
		log_vline(&e->ctx->log, level, fmt, ap);
	va_end(ap);
}

/* The first one is the reason, what follows is its consequence. */
static void
env_failed(const struct rudder_env *given, int err, const char *why)
{
	struct env *e = inside(given);

	if (e->err != 0 || e->stopped)
		return;
	e->err = err;
	snprintf(e->why, sizeof(e->why), "%s", why);
	timer_set(&e->timer, 0);
}

static uint32_t
env_random(const struct rudder_env *given, uint32_t below)
{
	return context_random(inside(given)->ctx, below);
}

static uint64_t
env_now(const struct rudder_env *given)
{
	return clock_now(&inside(given)->ctx->clock);
}

static void
on_due(void *arg)
{
	struct env *e = arg;

	e->on_failed(e->arg, e->err, e->why);
}

void
env_init(struct env *e, struct context *ctx, const struct options *options,
    const struct rudder_module *module)
{
	*e = (struct env){
		.given = {
			.base = ctx->clock.base,
			.option = env_option,
			.log = env_log,
			.failed = env_failed,
			.random = env_random,
			.now = env_now,
		},
		.ctx = ctx,
		.options = options,
		.module = module,
	};
	timer_init(&e->timer, &ctx->clock, on_due, e);
}

void
env_stop(struct env *e)
{
	e->stopped = true;
	timer_stop(&e->timer);
}

void
env_begin(struct env *e)
{
	e->opening = true;
	e->why[0] = '\0';
}

const char *
env_end(struct env *e, int err)
{
	e->opening = false;
	if (e->why[0] == '\0')
		snprintf(e->why, sizeof(e->why),
		    "the module %s cannot start: %s", e->module->name,
		    error_text(err));
	return e->why;
}
