/* SPDX-License-Identifier: Apache-2.0 */
#include "claim.h"
#include "net.h"
#include "twin.h"

/* Those that start together find each other within this time. */
#define TOGETHER_MS 300000

static bool
stays(const struct standing *ours, const struct rudder_record *r)
{
	return ours->reserved || ours->ms > TOGETHER_MS ||
	       claim_is_older(&ours->lease, r);
}

void
twin_meet(struct twin *t, struct context *ctx, const struct standing *ours,
    const struct rudder_record *r)
{
	const struct rudder_net none = { 0 };
	char net[NET_TEXT], ip[NET_TEXT];

	if (claim_of(ours->attrs, none, r) != CLAIM_TWIN)
		return;
	t->yields = !stays(ours, r);
	if (t->yields)
		claim_say_twin(t->why, ours->attrs, r);
	else
		context_log(ctx, WARNING,
		    "lease: two machines have the PublicIP %s, this one and "
		    "that of %s, which came later: it has to yield",
		    net_ip(ip, ours->attrs->public_ip),
		    net_cidr(net, r->subnet));
}
