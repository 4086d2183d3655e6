/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "claim.h"
#include "net.h"

enum claim
claim_of(const struct attrs *ours, struct rudder_net former,
    const struct rudder_record *r)
{
	bool told, same;
	struct attrs a;

	if (attrs_parse(&a, r->value) < 0)
		return CLAIM_OTHER;
	told = ours->node_id[0] != '\0' && a.node_id[0] != '\0';
	same = strcmp(ours->node_id, a.node_id) == 0;
	if (a.public_ip == ours->public_ip)
		return told && !same ? CLAIM_TWIN : CLAIM_OURS;
	if (told && same && r->ttl > 0 && former.len > 0 &&
	    net_equal(r->subnet, former))
		return CLAIM_MOVED;
	return CLAIM_OTHER;
}

bool
claim_fits(const struct config *c, struct rudder_net subnet)
{
	return subnet.len == c->subnet_len && subnet.addr >= c->subnet_min &&
	       subnet.addr <= c->subnet_max;
}

static void
look_at(struct survey *s, const struct config *c, enum claim claim,
    struct rudder_net former, const struct rudder_record *r)
{
	bool fits = claim_fits(c, r->subnet);

	s->taken += fits;
	if (claim == CLAIM_TWIN &&
	    (s->twin == NULL || claim_is_older(r, s->twin)))
		s->twin = r;
	if (claim == CLAIM_MOVED && fits)
		s->moved = r;
	if (claim != CLAIM_OURS && claim != CLAIM_MOVED &&
	    net_overlap(r->subnet, former))
		s->in_the_way = r;
	if (claim == CLAIM_OURS && fits &&
	    (s->ours == NULL || net_equal(r->subnet, former)))
		s->ours = r;
}

void
claim_survey(struct survey *s, const struct config *c, const struct attrs *ours,
    struct rudder_net former, const struct rudder_answer *answer)
{
	const struct rudder_record *r = answer->records;

	*s = (struct survey){ 0 };
	for (size_t i = 0; i < answer->n_records; i++)
		look_at(s, c, claim_of(ours, former, &r[i]), former, &r[i]);
}

const struct rudder_record *
claim_spare(const struct attrs *ours, struct rudder_net subnet,
    const struct rudder_answer *answer)
{
	const struct rudder_record *r = answer->records;
	struct attrs a;

	for (size_t i = 0; i < answer->n_records; i++) {
		if (r[i].ttl > 0 && ours->node_id[0] != '\0' &&
		    !net_equal(r[i].subnet, subnet) &&
		    attrs_parse(&a, r[i].value) == 0 &&
		    a.public_ip == ours->public_ip &&
		    strcmp(a.node_id, ours->node_id) == 0)
			return &r[i];
	}
	return NULL;
}

bool
claim_is_reservation(const struct rudder_record *r)
{
	struct attrs a;

	return r->ttl == 0 && attrs_parse(&a, r->value) == 0;
}

bool
claim_is_older(const struct rudder_record *a, const struct rudder_record *b)
{
	if (a->created != b->created && a->created != 0 && b->created != 0)
		return a->created < b->created;
	if (a->subnet.addr != b->subnet.addr)
		return a->subnet.addr < b->subnet.addr;
	return a->subnet.len < b->subnet.len;
}

void
claim_say_twin(char why[ERROR_WHY], const struct attrs *ours,
    const struct rudder_record *twin)
{
	char net[NET_TEXT], ip[NET_TEXT];
	struct attrs a = { 0 };

	attrs_parse(&a, twin->value);
	error_because(0, why,
	    "two machines have the PublicIP %s: %s is leased to it with the "
	    "node id %s, and ours is %s; give this one another address by "
	    "-public-ip or -iface, or -node-id=%s if it is the same machine",
	    net_ip(ip, ours->public_ip), net_cidr(net, twin->subnet), a.node_id,
	    ours->node_id, a.node_id);
}

/* What clones have, and what helps. */
#define CLONES                                                                 \
	"both machines have one machine-id, as a machine and its clone have; " \
	"on the clone remove /etc/machine-id, run systemd-machine-id-setup "   \
	"and start rudder again, or give it a -node-id"

bool
claim_is_clone(char why[ERROR_WHY], const struct attrs *ours,
    const struct rudder_record *r)
{
	char net[NET_TEXT], ip[NET_TEXT];
	struct attrs a;

	if (attrs_parse(&a, r->value) < 0 || a.node_id[0] == '\0' ||
	    strcmp(a.node_id, ours->node_id) != 0)
		return false;
	error_because(0, why,
	    "%s is leased to %s, which has our node id: " CLONES,
	    net_cidr(net, r->subnet), net_ip(ip, a.public_ip));
	return true;
}

bool
claim_is_asked_for(char why[ERROR_WHY], const struct attrs *ours,
    const struct rudder_record *r)
{
	char net[NET_TEXT], ip[NET_TEXT];
	struct attrs a;

	if (attrs_parse(&a, r->value) < 0 || a.asked_by == 0 ||
	    a.asked_by == ours->public_ip)
		return false;
	error_because(0, why,
	    "%s wants %s as its own, because it has our node id: " CLONES,
	    net_ip(ip, a.asked_by), net_cidr(net, r->subnet));
	return true;
}

bool
claim_is_reserved_elsewhere(char why[ERROR_WHY], const struct attrs *ours,
    const struct rudder_record *r)
{
	char net[NET_TEXT];
	struct attrs a;

	if (attrs_parse(&a, r->value) < 0 || a.public_ip == ours->public_ip)
		return false;
	error_because(0, why,
	    "%s is a reservation, which is never written here: whoever made "
	    "it must give it our new PublicIP",
	    net_cidr(net, r->subnet));
	return true;
}

static bool
is_believed(const struct config *c, const struct attrs *ours,
    const struct rudder_record *r)
{
	struct attrs a;

	return net_within(r->subnet, c->network) &&
	       attrs_parse(&a, r->value) == 0 && net_is_host(a.public_ip) &&
	       a.public_ip != ours->public_ip &&
	       !net_has(c->network, a.public_ip);
}

const struct rudder_record *
claim_over(const struct config *c, const struct attrs *ours,
    struct rudder_net subnet, const struct rudder_answer *answer)
{
	const struct rudder_record *r = answer->records;
	bool fits = subnet.len == c->subnet_len;

	for (size_t i = 0; i < answer->n_records; i++) {
		if (net_overlap(r[i].subnet, subnet) &&
		    (!fits || r[i].subnet.len == c->subnet_len) &&
		    is_believed(c, ours, &r[i]))
			return &r[i];
	}
	return NULL;
}

const struct rudder_record *
claim_find(struct rudder_net subnet, const struct rudder_answer *answer)
{
	for (size_t i = 0; i < answer->n_records; i++) {
		if (net_equal(answer->records[i].subnet, subnet))
			return &answer->records[i];
	}
	return NULL;
}
