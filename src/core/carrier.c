/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier.h"

void
carrier_init(struct carrier *c, struct context *ctx,
    const struct options *options, const struct rudder_module *module)
{
	*c = (struct carrier){ .module = module };
	env_init(&c->env, ctx, options, module);
}

static int
result(struct carrier *c, int rc, char why[ERROR_WHY])
{
	const char *text = env_end(&c->env, rc);

	return rc < 0 ? error_because(rc, why, "%s", text) : 0;
}

int
carrier_open(struct carrier *c, char why[ERROR_WHY])
{
	int rc;

	env_begin(&c->env);
	rc = c->module->backend->open(&c->env.given, &c->state);
	if (rc < 0)
		c->state = NULL;
	return result(c, rc, why);
}

int
carrier_attach(
    struct carrier *c, const struct rudder_attach *at, char why[ERROR_WHY])
{
	env_begin(&c->env);
	return result(
	    c, c->module->backend->attach(c->state, at, &c->device), why);
}

bool
carrier_can_move(const struct carrier *c)
{
	return c->module->backend->move != NULL;
}

int
carrier_move(
    struct carrier *c, const struct rudder_attach *at, char why[ERROR_WHY])
{
	env_begin(&c->env);
	return result(
	    c, c->module->backend->move(c->state, at, &c->device), why);
}

void
carrier_stop(struct carrier *c)
{
	env_stop(&c->env);
}

void
carrier_close(struct carrier *c)
{
	if (c->state != NULL)
		c->module->backend->close(c->state);
	c->state = NULL;
}
