/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>

#include "facts.h"
#include "resolv.h"

static void *
room_for(int n, size_t size)
{
	return calloc(n > 0 ? (size_t)n : 1, size);
}

/* False: not IPv4. */
static bool
read_ip(const struct nl_addr *addr, uint32_t *ip)
{
	if (addr == NULL || nl_addr_get_family(addr) != AF_INET ||
	    nl_addr_get_len(addr) != sizeof(*ip))
		return false;
	memcpy(ip, nl_addr_get_binary_addr(addr), sizeof(*ip));
	*ip = ntohl(*ip);
	return true;
}

/* ---- Links -------------------------------------------------------------- */

static void
add_link(struct facts *f, struct rtnl_link *link)
{
	struct facts_link *l = &f->links[f->n_links++];
	unsigned flags = rtnl_link_get_flags(link);

	snprintf(l->name, sizeof(l->name), "%s", rtnl_link_get_name(link));
	l->ifindex = (unsigned)rtnl_link_get_ifindex(link);
	l->mtu = rtnl_link_get_mtu(link);
	l->up = (flags & IFF_UP) != 0;
	l->loopback = (flags & IFF_LOOPBACK) != 0;
}

static int
take_links(struct facts *f, struct nl_cache *cache)
{
	struct nl_object *o = nl_cache_get_first(cache);

	f->links = room_for(nl_cache_nitems(cache), sizeof(*f->links));
	if (f->links == NULL)
		return -ENOMEM;
	for (; o != NULL; o = nl_cache_get_next(o))
		add_link(f, (struct rtnl_link *)o);
	return 0;
}

/* ---- Addresses ---------------------------------------------------------- */

static void
add_addr(struct facts *f, struct rtnl_addr *addr)
{
	unsigned flags = rtnl_addr_get_flags(addr);
	struct nl_addr *local = rtnl_addr_get_local(addr);
	struct facts_addr *a = &f->addrs[f->n_addrs];

	if (!read_ip(local, &a->ip))
		return;
	a->ifindex = (unsigned)rtnl_addr_get_ifindex(addr);
	a->len = (uint8_t)nl_addr_get_prefixlen(local);
	a->global = rtnl_addr_get_scope(addr) == RT_SCOPE_UNIVERSE;
	a->deprecated = (flags & IFA_F_DEPRECATED) != 0;
	a->tentative = (flags & IFA_F_TENTATIVE) != 0;
	a->secondary = (flags & IFA_F_SECONDARY) != 0;
	f->n_addrs++;
}

static int
take_addrs(struct facts *f, struct nl_cache *cache)
{
	struct nl_object *o = nl_cache_get_first(cache);

	f->addrs = room_for(nl_cache_nitems(cache), sizeof(*f->addrs));
	if (f->addrs == NULL)
		return -ENOMEM;
	for (; o != NULL; o = nl_cache_get_next(o))
		add_addr(f, (struct rtnl_addr *)o);
	return 0;
}

/* ---- Routes ------------------------------------------------------------- */

/*
 * Others are no way for a packet (unreachable, blackhole), are of the kernel
 * itself (local, broadcast), or hold for some packets only (other tables).
 */
static bool
counts(struct rtnl_route *route)
{
	return rtnl_route_get_table(route) == RT_TABLE_MAIN &&
	       rtnl_route_get_type(route) == RTN_UNICAST;
}

static int
count_hops(struct nl_cache *cache)
{
	struct nl_object *o = nl_cache_get_first(cache);
	int n = 0;

	for (; o != NULL; o = nl_cache_get_next(o)) {
		if (counts((struct rtnl_route *)o))
			n += rtnl_route_get_nnexthops((struct rtnl_route *)o);
	}
	return n;
}

static void
add_route(struct facts *f, struct rtnl_route *route)
{
	struct nl_addr *dst = rtnl_route_get_dst(route);
	struct rudder_net net = { 0 };

	if (read_ip(dst, &net.addr))
		net.len = (uint8_t)nl_addr_get_prefixlen(dst);
	for (int i = 0; i < rtnl_route_get_nnexthops(route); i++) {
		struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, i);
		struct facts_route *r = &f->routes[f->n_routes++];

		r->dst = net;
		r->ifindex = (unsigned)rtnl_route_nh_get_ifindex(hop);
		r->metric = rtnl_route_get_priority(route);
		r->first = i == 0;
		read_ip(rtnl_route_nh_get_gateway(hop), &r->gateway);
	}
}

static int
take_routes(struct facts *f, struct nl_cache *cache)
{
	struct nl_object *o = nl_cache_get_first(cache);

	f->routes = room_for(count_hops(cache), sizeof(*f->routes));
	if (f->routes == NULL)
		return -ENOMEM;
	for (; o != NULL; o = nl_cache_get_next(o)) {
		if (counts((struct rtnl_route *)o))
			add_route(f, (struct rtnl_route *)o);
	}
	return 0;
}

/* ---- All of it ---------------------------------------------------------- */

/* What the kernel said: three dumps. */
struct dumps {
	struct nl_sock *sock;
	struct nl_cache *links;
	struct nl_cache *addrs;
	struct nl_cache *routes;
};

static void
dumps_close(struct dumps *d)
{
	nl_cache_free(d->routes);
	nl_cache_free(d->addrs);
	nl_cache_free(d->links);
	nl_socket_free(d->sock);
}

/* To be closed in both cases. */
static int
dumps_open(struct dumps *d, char why[ERROR_WHY])
{
	int rc;

	*d = (struct dumps){ .sock = nl_socket_alloc() };
	if (d->sock == NULL)
		return error_because(-ENOMEM, why, "no memory");
	rc = nl_connect(d->sock, NETLINK_ROUTE);
	if (rc == 0)
		rc = rtnl_link_alloc_cache(d->sock, AF_UNSPEC, &d->links);
	if (rc == 0)
		rc = rtnl_addr_alloc_cache(d->sock, &d->addrs);
	if (rc == 0)
		rc = rtnl_route_alloc_cache(d->sock, AF_INET, 0, &d->routes);
	if (rc < 0)
		return error_because(-EIO, why,
		    "the kernel does not tell its interfaces: %s",
		    nl_geterror(rc));
	return 0;
}

int
facts_read(struct facts *f, char why[ERROR_WHY])
{
	struct dumps d;
	int rc;

	*f = (struct facts){ 0 };
	rc = dumps_open(&d, why);
	if (rc < 0)
		goto out;
	if (take_links(f, d.links) < 0 || take_addrs(f, d.addrs) < 0 ||
	    take_routes(f, d.routes) < 0 ||
	    resolv_read("/etc/resolv.conf", &f->resolvers, &f->n_resolvers) < 0)
		rc = error_because(-ENOMEM, why, "no memory");
out:
	dumps_close(&d);
	return rc;
}

void
facts_free(struct facts *f)
{
	free(f->links);
	free(f->addrs);
	free(f->routes);
	free(f->resolvers);
	*f = (struct facts){ 0 };
}

const struct facts_link *
facts_link(const struct facts *f, unsigned ifindex)
{
	for (size_t i = 0; i < f->n_links; i++) {
		if (f->links[i].ifindex == ifindex)
			return &f->links[i];
	}
	return NULL;
}

/* A network of one or two addresses has none (RFC 3021). */
bool
facts_is_broadcast(const struct facts *f, uint32_t ip)
{
	for (size_t i = 0; i < f->n_addrs; i++) {
		const struct facts_addr *a = &f->addrs[i];

		if (a->len < 31 && ip == (a->ip | ~net_mask(a->len)))
			return true;
	}
	return false;
}
