/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "retry.h"

static void
on_due(void *arg)
{
	struct retry *r = arg;

	r->again(r->arg);
}

void
retry_init(struct retry *r, struct context *ctx, const char *what, void *arg)
{
	*r = (struct retry){ .ctx = ctx, .what = what, .arg = arg };
	timer_init(&r->timer, &ctx->clock, on_due, r);
}

static enum rudder_level
voice(const struct retry *r, enum rudder_level level)
{
	return r->hushed ? RUDDER_DEBUG : level;
}

static void
speak(struct retry *r, const char *why)
{
	uint64_t now = clock_now(&r->ctx->clock);
	enum rudder_level level = voice(r, RUDDER_WARNING);

	if (r->since == 0) {
		r->since = now;
		log_line(
		    &r->ctx->log, level, "%s: %s; trying again", r->what, why);
	} else if (now - r->spoken >= RETRY_QUIET) {
		log_line(&r->ctx->log, level,
		    "%s: %s; still trying after %" PRIu64 " s, %u times",
		    r->what, why, (now - r->since) / 1000, r->backoff.tries);
	} else {
		return;
	}
	r->spoken = now;
}

void
retry_later(struct retry *r, const char *why, void (*again)(void *))
{
	uint32_t random = context_random(r->ctx, UINT32_MAX);

	speak(r, why);
	if (why != r->why)
		snprintf(r->why, sizeof(r->why), "%s", why);
	r->again = again;
	timer_set(&r->timer, backoff_next(&r->backoff, random));
}

void
retry_ok(struct retry *r)
{
	uint64_t now;

	r->backoff.tries = 0;
	if (r->since == 0)
		return;
	now = clock_now(&r->ctx->clock);
	log_line(&r->ctx->log, voice(r, RUDDER_INFO),
	    "%s: well again after %" PRIu64 ".%" PRIu64 " s", r->what,
	    (now - r->since) / 1000, (now - r->since) % 1000 / 100);
	r->since = 0;
}

void
retry_stop(struct retry *r)
{
	timer_stop(&r->timer);
}
