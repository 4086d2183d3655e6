/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "link.h"

/* ---- Addresses ---------------------------------------------------------- */

static bool
is_link_local(uint32_t ip)
{
	return ip >> 16 == 0xa9fe; /* 169.254.0.0/16, whatever its scope */
}

/* How good it is as the one that others send to; 0: not at all. */
static int
addr_rank(const struct facts_addr *a)
{
	int rank = 1;

	if (a->deprecated || a->tentative)
		return 0;
	if (a->global && !is_link_local(a->ip))
		rank += 4;
	if (!a->secondary)
		rank += 2;
	return rank;
}

/* The next address of an interface after `a`, or its first one. */
static const struct facts_addr *
next_addr(const struct facts *f, unsigned ifindex, const struct facts_addr *a)
{
	for (a = a != NULL ? a + 1 : f->addrs; a < f->addrs + f->n_addrs; a++) {
		if (a->ifindex == ifindex)
			return a;
	}
	return NULL;
}

/* What the link has already counts half a rank more. */
static bool
best_ip(const struct facts *f, unsigned ifindex, uint32_t *ip)
{
	const struct facts_addr *a = NULL;
	int best_rank = 0, rank;
	uint32_t now = *ip;

	while ((a = next_addr(f, ifindex, a)) != NULL) {
		rank = addr_rank(a);
		if (rank > 0)
			rank = rank * 2 + (a->ip == now);
		if (rank <= best_rank)
			continue;
		best_rank = rank;
		*ip = a->ip;
	}
	return best_rank > 0;
}

/* ---- Three ways to an interface ----------------------------------------- */

static bool
is_own(const struct facts_link *l, const char *own)
{
	return own != NULL && strcmp(l->name, own) == 0;
}

static int
take(struct link *l, const struct facts_link *from, uint32_t ip,
    const char *reason)
{
	*l = (struct link){ .ifindex = from->ifindex,
		.mtu = from->mtu,
		.ip = ip,
		.reason = reason };
	memcpy(l->name, from->name, sizeof(l->name));
	return 0;
}

static int
take_best(struct link *l, const struct facts *f, const struct facts_link *from,
    const char *reason, char why[ERROR_WHY])
{
	uint32_t ip = l->ip;

	if (best_ip(f, from->ifindex, &ip))
		return take(l, from, ip, reason);
	return error_because(
	    -EAGAIN, why, "%s has no IPv4 address yet", from->name);
}

static int
choose_by_ip(struct link *l, const struct facts *f, uint32_t ip,
    const char *own, char why[ERROR_WHY])
{
	char text[NET_TEXT];

	for (size_t i = 0; i < f->n_addrs; i++) {
		const struct facts_link *from =
		    facts_link(f, f->addrs[i].ifindex);

		if (f->addrs[i].ip == ip && from != NULL && !is_own(from, own))
			return take(l, from, ip,
			    "it has the address that was asked for");
	}
	return error_because(-ENODEV, why,
	    "no interface of this host has the address %s: see `ip -4 address`",
	    net_ip(text, ip));
}

static int
choose_by_name(struct link *l, const struct facts *f, const char *name,
    char why[ERROR_WHY])
{
	for (size_t i = 0; i < f->n_links; i++) {
		if (strcmp(f->links[i].name, name) == 0)
			return take_best(l, f, &f->links[i],
			    "it was asked for by name", why);
	}
	return error_because(-ENODEV, why,
	    "there is no interface \"%.64s\" on this host: see `ip link`",
	    name);
}

static int
choose_default(
    struct link *l, const struct facts *f, const char *own, char why[ERROR_WHY])
{
	const struct facts_link *best = NULL, *from;
	unsigned metric = 0;

	for (const struct facts_route *r = f->routes;
	     r < f->routes + f->n_routes; r++) {
		if (r->dst.len != 0 || !r->first)
			continue;
		from = facts_link(f, r->ifindex);
		if (from == NULL || is_own(from, own) ||
		    (best != NULL && r->metric >= metric))
			continue;
		best = from;
		metric = r->metric;
	}
	if (best == NULL)
		return error_because(-EAGAIN, why,
		    "there is no default route yet; "
		    "add one, or say -iface=NAME");
	return take_best(l, f, best, "the default route leaves by it", why);
}

int
link_choose(struct link *l, const struct facts *f, const char *wanted,
    const char *own, char why[ERROR_WHY])
{
	uint32_t ip;

	if (wanted == NULL || wanted[0] == '\0')
		return choose_default(l, f, own, why);
	if (net_parse_ip(wanted, &ip) == 0)
		return choose_by_ip(l, f, ip, own, why);
	return choose_by_name(l, f, wanted, why);
}

bool
link_equal(const struct link *a, const struct link *b)
{
	return a->ifindex == b->ifindex && a->ip == b->ip && a->mtu == b->mtu &&
	       strcmp(a->name, b->name) == 0;
}

/* ---- The others --------------------------------------------------------- */

/* What was not true of its interface. */
static const char *
no_reason(const char *wanted)
{
	uint32_t ip;

	if (wanted == NULL || wanted[0] == '\0')
		return "the default route does not leave by it";
	if (net_parse_ip(wanted, &ip) == 0)
		return "another address was asked for";
	return "another interface was asked for";
}

const char *
link_passed_over(const struct link *l, const struct facts *f,
    const char *wanted, const struct facts_addr *a)
{
	const struct facts_link *from = facts_link(f, a->ifindex);

	if (a->ip == l->ip && a->ifindex == l->ifindex)
		return NULL;
	if (a->tentative)
		return "tentative";
	if (a->deprecated)
		return "deprecated";
	if (from != NULL && from->loopback)
		return "loopback";
	if (from != NULL && !from->up)
		return "down";
	if (is_link_local(a->ip) || !a->global)
		return "link-local";
	if (a->ifindex != l->ifindex)
		return no_reason(wanted);
	if (a->secondary)
		return "secondary";
	return "another one of this interface is as good";
}
