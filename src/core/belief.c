/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "belief.h"
#include "net.h"

static void
on_deadline(void *arg)
{
	struct belief *b = arg;
	char net[NET_TEXT];

	belief_end(b, "it ran out before it could be renewed");
	context_log(b->ctx, WARNING,
	    "lease: %s ran out, and nobody else is known to have it: packets "
	    "go on to flow, until somebody has",
	    net_cidr(net, b->subnet));
}

void
belief_init(struct belief *b, struct context *ctx)
{
	*b = (struct belief){ .ctx = ctx };
	timer_init(&b->deadline, &ctx->clock, on_deadline, b);
}

void
belief_begin(struct belief *b, struct rudder_net subnet, uint64_t until)
{
	uint64_t left = until - clock_now(&b->ctx->clock);
	char net[NET_TEXT];

	b->subnet = subnet;
	b->until = until;
	net_cidr(net, subnet);
	if (until == BELIEF_FOR_EVER) {
		timer_stop(&b->deadline);
		context_log(
		    b->ctx, INFO, "lease: %s is ours by reservation", net);
		return;
	}
	timer_set(&b->deadline, left);
	context_log(b->ctx, INFO, "lease: %s is ours for %" PRIu64 " s", net,
	    left / 1000);
}

void
belief_end(struct belief *b, const char *why)
{
	char net[NET_TEXT];

	if (b->until == 0)
		return;
	b->until = 0;
	timer_stop(&b->deadline);
	context_log(b->ctx, INFO, "lease: %s is ours no longer: %s",
	    net_cidr(net, b->subnet), why);
}

void
belief_check(struct belief *b)
{
	if (b->until != 0 && !belief_is_held(b))
		on_deadline(b);
}

void
belief_stop(struct belief *b)
{
	timer_stop(&b->deadline);
}
