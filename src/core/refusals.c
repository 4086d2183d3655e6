/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"
#include "refusals.h"

static const struct {
	const char *name, *why;
} table[REFUSALS] = {
	[REFUSED_VALUE] = { "refused_value", "it has no PublicIP" },
	[REFUSED_OUTSIDE] = { "refused_outside",
	    "it is outside of the overlay's network" },
	[REFUSED_INSIDE] = { "refused_inside",
	    "its PublicIP is inside the overlay, where its packets "
	    "would go round for ever" },
	[REFUSED_OURS] = { "refused_ours", "its PublicIP is ours" },
	[REFUSED_HOST] = { "refused_host",
	    "its PublicIP is not the address of a host" },
	[REFUSED_BROADCAST] = { "refused_broadcast",
	    "its PublicIP is the broadcast address of a network that this "
	    "host is connected to" },
	[REFUSED_OVERLAP] = { "refused_overlap", "it overlaps with another" },
};

enum refusal
refusals_find(
    const struct grounds *g, struct rudder_net subnet, uint32_t public_ip)
{
	if (!net_within(subnet, g->network))
		return REFUSED_OUTSIDE;
	if (net_has(g->network, public_ip))
		return REFUSED_INSIDE;
	if (public_ip == g->public_ip)
		return REFUSED_OURS;
	if (!net_is_host(public_ip))
		return REFUSED_HOST;
	if (facts_is_broadcast(g->facts, public_ip))
		return REFUSED_BROADCAST;
	return REFUSALS;
}

const char *
refusals_why(enum refusal which)
{
	return table[which].why;
}

void
refusals_say(struct refusals *r, enum refusal which, const char *line)
{
	uint64_t now = clock_now(&r->ctx->clock);
	unsigned unsaid;

	r->counts[which]++;
	if (!quiet_may_say(&r->quiet, now, &unsaid))
		return;
	if (unsaid > 0)
		context_log(r->ctx, WARNING,
		    "peers: %u more lines like the next were left out", unsaid);
	context_log(r->ctx, WARNING, "peers: %s", line);
}

size_t
refusals_stats(const struct refusals *r, struct rudder_stat *stats, size_t n)
{
	for (size_t i = 0; i < REFUSALS && i < n; i++)
		stats[i] =
		    (struct rudder_stat){ table[i].name, r->counts[i], false };
	return REFUSALS;
}
