/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "overlap.h"

static bool __attribute__((format(printf, 3, 4)))
found(char why[ERROR_WHY], const struct overlap *o, const char *fmt, ...)
{
	char net[NET_TEXT], with[ERROR_WHY / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(with, sizeof(with), fmt, ap);
	va_end(ap);
	snprintf(why, ERROR_WHY, "Network %s overlaps with %s",
	    net_cidr(net, o->network), with);
	return true;
}

static struct rudder_net
network_of(const struct facts_addr *a)
{
	return (struct rudder_net){ .addr = a->ip & net_mask(a->len),
		.len = a->len };
}

static const char *
name_of(const struct facts *f, unsigned ifindex)
{
	const struct facts_link *l = facts_link(f, ifindex);

	return l != NULL ? l->name : "an interface that has gone";
}

/* ---- What is of the overlay itself -------------------------------------- */

static bool
leads_elsewhere(const struct facts *f, unsigned ifindex)
{
	for (size_t i = 0; i < f->n_routes; i++) {
		if (f->routes[i].ifindex == ifindex &&
		    (f->routes[i].gateway != 0 || f->routes[i].dst.len == 0))
			return true;
	}
	return false;
}

static bool
has_only_subnets(
    const struct overlap *o, const struct facts *f, unsigned ifindex)
{
	bool any = false;

	for (size_t i = 0; i < f->n_addrs; i++) {
		const struct facts_addr *a = &f->addrs[i];

		if (a->ifindex != ifindex)
			continue;
		if (a->len < o->subnet_len || !net_has(o->network, a->ip))
			return false;
		any = true;
	}
	return any;
}

/* The containers' bridge, or a tunnel: see the header. */
static bool
is_of_overlay(const struct overlap *o, const struct facts *f, unsigned ifindex)
{
	return ifindex != o->link->ifindex && has_only_subnets(o, f, ifindex) &&
	       !leads_elsewhere(f, ifindex);
}

/* ---- One kind after the other ------------------------------------------- */

static bool
with_ourselves(
    const struct overlap *o, const struct facts *f, char why[ERROR_WHY])
{
	char ip[NET_TEXT];

	(void)f;
	if (net_has(o->network, o->link->ip))
		return found(why, o,
		    "%s, the address of %s, which carries our packets",
		    net_ip(ip, o->link->ip), o->link->name);
	if (net_has(o->network, o->public_ip))
		return found(why, o, "%s, the PublicIP that the others send to",
		    net_ip(ip, o->public_ip));
	return false;
}

static bool
with_gateway(
    const struct overlap *o, const struct facts *f, char why[ERROR_WHY])
{
	char ip[NET_TEXT];

	for (size_t i = 0; i < f->n_routes; i++) {
		const struct facts_route *r = &f->routes[i];

		if (r->dst.len == 0 && r->gateway != 0 &&
		    net_has(o->network, r->gateway))
			return found(why, o, "%s, the default gateway by %s",
			    net_ip(ip, r->gateway), name_of(f, r->ifindex));
	}
	return false;
}

static bool
with_address(
    const struct overlap *o, const struct facts *f, char why[ERROR_WHY])
{
	char net[NET_TEXT], ip[NET_TEXT];

	for (size_t i = 0; i < f->n_addrs; i++) {
		const struct facts_addr *a = &f->addrs[i];

		if (net_overlap(o->network, network_of(a)) &&
		    !is_of_overlay(o, f, a->ifindex))
			return found(why, o,
			    "%s, to which %s is connected by its address %s",
			    net_cidr(net, network_of(a)),
			    name_of(f, a->ifindex), net_ip(ip, a->ip));
	}
	return false;
}

/* What is connected by a route alone, as the far end of a line is. */
static bool
with_route(const struct overlap *o, const struct facts *f, char why[ERROR_WHY])
{
	char net[NET_TEXT];

	for (size_t i = 0; i < f->n_routes; i++) {
		const struct facts_route *r = &f->routes[i];

		if (r->dst.len > 1 && r->gateway == 0 && r->ifindex != 0 &&
		    net_overlap(o->network, r->dst) &&
		    !is_of_overlay(o, f, r->ifindex))
			return found(why, o, "%s, which a route says is on %s",
			    net_cidr(net, r->dst), name_of(f, r->ifindex));
	}
	return false;
}

static bool
with_resolver(
    const struct overlap *o, const struct facts *f, char why[ERROR_WHY])
{
	char ip[NET_TEXT];

	for (size_t i = 0; i < f->n_resolvers; i++) {
		if (f->resolvers[i] >> 24 != 127 &&
		    net_has(o->network, f->resolvers[i]))
			return found(why, o,
			    "%s, a nameserver of /etc/resolv.conf",
			    net_ip(ip, f->resolvers[i]));
	}
	return false;
}

/* What hurts most comes first: only one is told. */
static bool (*const kinds[])(
    const struct overlap *, const struct facts *, char why[ERROR_WHY]) = {
	with_ourselves,
	with_gateway,
	with_address,
	with_route,
	with_resolver,
};

bool
overlap_find(
    const struct overlap *o, const struct facts *f, char why[ERROR_WHY])
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i](o, f, why))
			return true;
	}
	return false;
}
