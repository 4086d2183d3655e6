/* SPDX-License-Identifier: Apache-2.0 */
/* context.h - what every room of the core may use; one for each instance. */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "host.h"
#include "log.h"

struct context {
	struct log log;
	struct clock clock;
	struct host host;
	uint32_t (*random)(void *arg, uint32_t below); /* 0 .. below-1 */
	void *random_arg;
	bool stopped; /* whatever still comes from outside is ignored */
};

#define context_log(ctx, level, ...) \
	log_line(&(ctx)->log, RUDDER_##level, __VA_ARGS__)

static inline uint32_t
context_random(const struct context *ctx, uint32_t below)
{
	return ctx->random(ctx->random_arg, below);
}

#endif
