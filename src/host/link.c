/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>

#include "link.h"
#include "net.h"

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

/* ---- Addresses ------------------------------------------------------------ */

/* False: not IPv4. */
static bool
addr_ip(struct rtnl_addr *addr, uint32_t *ip)
{
	struct nl_addr *local = rtnl_addr_get_local(addr);

	if (local == NULL || nl_addr_get_family(local) != AF_INET ||
	    nl_addr_get_len(local) != sizeof(*ip))
		return false;
	memcpy(ip, nl_addr_get_binary_addr(local), sizeof(*ip));
	*ip = ntohl(*ip);
	return true;
}

/* How good it is as the one that others send to; 0: not at all. */
static int
addr_rank(struct rtnl_addr *addr)
{
	unsigned flags = rtnl_addr_get_flags(addr);
	int rank = 1;

	if ((flags & (IFA_F_DEPRECATED | IFA_F_TENTATIVE)) != 0)
		return 0;
	if (rtnl_addr_get_scope(addr) == RT_SCOPE_UNIVERSE)
		rank += 2;
	if ((flags & IFA_F_SECONDARY) == 0)
		rank += 1;
	return rank;
}

static bool
best_ip(const struct dumps *d, unsigned ifindex, uint32_t *best)
{
	struct nl_object *o = nl_cache_get_first(d->addrs);
	int best_rank = 0;

	for (; o != NULL; o = nl_cache_get_next(o)) {
		struct rtnl_addr *addr = (struct rtnl_addr *)o;
		uint32_t ip;

		if (rtnl_addr_get_ifindex(addr) != (int)ifindex ||
		    !addr_ip(addr, &ip) || addr_rank(addr) <= best_rank)
			continue;
		best_rank = addr_rank(addr);
		*best = ip;
	}
	return best_rank > 0;
}

/* ---- Three ways to an interface --------------------------------------------- */

static int
by_index(const struct dumps *d, struct link *l, unsigned ifindex,
    char why[ERROR_WHY])
{
	struct rtnl_link *link = rtnl_link_get(d->links, (int)ifindex);

	if (link == NULL)
		return error_because(
		    -EAGAIN, why, "interface %u has gone", ifindex);
	snprintf(l->name, sizeof(l->name), "%s", rtnl_link_get_name(link));
	l->mtu = rtnl_link_get_mtu(link);
	l->ifindex = ifindex;
	rtnl_link_put(link);
	return 0;
}

static int
with_best_ip(const struct dumps *d, struct link *l, char why[ERROR_WHY])
{
	if (best_ip(d, l->ifindex, &l->ip))
		return 0;
	return error_because(
	    -EAGAIN, why, "%s has no IPv4 address yet", l->name);
}

static int
find_by_ip(
    const struct dumps *d, struct link *l, uint32_t wanted, char why[ERROR_WHY])
{
	struct nl_object *o = nl_cache_get_first(d->addrs);
	char text[NET_TEXT];
	uint32_t ip;

	for (; o != NULL; o = nl_cache_get_next(o)) {
		struct rtnl_addr *addr = (struct rtnl_addr *)o;

		if (!addr_ip(addr, &ip) || ip != wanted)
			continue;
		l->ip = ip;
		l->reason = "it has the address that was asked for";
		return by_index(
		    d, l, (unsigned)rtnl_addr_get_ifindex(addr), why);
	}
	return error_because(-ENODEV, why,
	    "no interface of this host has the address %s: see `ip -4 address`",
	    net_ip(text, wanted));
}

static int
find_by_name(const struct dumps *d, struct link *l, const char *name,
    char why[ERROR_WHY])
{
	struct rtnl_link *link = rtnl_link_get_by_name(d->links, name);
	int rc;

	if (link == NULL)
		return error_because(-ENODEV, why,
		    "there is no interface \"%.64s\" "
		    "on this host: see `ip link`",
		    name);
	rc = by_index(d, l, (unsigned)rtnl_link_get_ifindex(link), why);
	rtnl_link_put(link);
	l->reason = "it was asked for by name";
	return rc < 0 ? rc : with_best_ip(d, l, why);
}

/* 0: it is no default route, or leads to no single interface. */
static unsigned
default_route_ifindex(struct rtnl_route *route)
{
	struct nl_addr *dst = rtnl_route_get_dst(route);
	struct rtnl_nexthop *hop;

	if (rtnl_route_get_table(route) != RT_TABLE_MAIN ||
	    rtnl_route_get_type(route) != RTN_UNICAST ||
	    rtnl_route_get_nnexthops(route) < 1 ||
	    (dst != NULL && nl_addr_get_prefixlen(dst) != 0))
		return 0;
	hop = rtnl_route_nexthop_n(route, 0);
	return (unsigned)rtnl_route_nh_get_ifindex(hop);
}

static int
find_default(const struct dumps *d, struct link *l, char why[ERROR_WHY])
{
	struct nl_object *o = nl_cache_get_first(d->routes);
	unsigned ifindex = 0, metric = UINT_MAX;
	int rc;

	for (; o != NULL; o = nl_cache_get_next(o)) {
		struct rtnl_route *route = (struct rtnl_route *)o;
		unsigned candidate = default_route_ifindex(route);

		if (candidate == 0 ||
		    (ifindex != 0 && rtnl_route_get_priority(route) >= metric))
			continue;
		ifindex = candidate;
		metric = rtnl_route_get_priority(route);
	}
	if (ifindex == 0)
		return error_because(-EAGAIN, why,
		    "there is no default route yet; "
		    "add one, or say -iface=NAME");
	l->reason = "the default route leaves by it";
	rc = by_index(d, l, ifindex, why);
	return rc < 0 ? rc : with_best_ip(d, l, why);
}

static int
find(const struct dumps *d, struct link *l, const char *wanted,
    char why[ERROR_WHY])
{
	uint32_t ip;

	if (wanted == NULL || wanted[0] == '\0')
		return find_default(d, l, why);
	if (net_parse_ip(wanted, &ip) == 0)
		return find_by_ip(d, l, ip, why);
	return find_by_name(d, l, wanted, why);
}

int
link_find(struct link *l, const char *wanted, char why[ERROR_WHY])
{
	struct dumps d;
	int rc;

	*l = (struct link){ 0 };
	rc = dumps_open(&d, why);
	if (rc == 0)
		rc = find(&d, l, wanted, why);
	dumps_close(&d);
	return rc;
}
