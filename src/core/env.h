/* SPDX-License-Identifier: Apache-2.0 */
/* env.h - the core as a module sees it: the inside of a struct rudder_env. */
#ifndef CORE_ENV_H
#define CORE_ENV_H

#include <rudder/module.h>

#include "context.h"
#include "error.h"
#include "options.h"

struct env {
	struct rudder_env given; /* what the module gets a pointer to */
	struct context *ctx;
	const struct options *options;
	const struct rudder_module *module;

	/*
	 * While the module opens or attaches, the error that it logs is kept
	 * here instead: it is the reason that its host will give.
	 */
	bool opening;
	char why[ERROR_WHY];

	/* A later failure is told from a timer: never inside of a module. */
	struct timer timer;
	int err;      /* 0: none yet */
	bool stopped; /* nobody asks any more */
	void (*on_failed)(void *arg, int err, const char *why);
	void *arg;
};

void env_init(struct env *, struct context *, const struct options *,
    const struct rudder_module *);

/* From now on a failure is nobody's business. */
void env_stop(struct env *);

/* Around a call of the module's open or attach. */
void env_begin(struct env *);
const char *env_end(struct env *, int err); /* why it failed */

#endif
