/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address is a /32 and the route to the overlay is one of its own,
 * because with <address>/<Network's prefix> the address of the first subnet
 * would be a broadcast address to the others (F43), and because the route
 * that comes with an address is lost where a bridge was there first (F44).
 *
 * The device accepts packets from addresses of this host: our ICMP errors
 * come from its own address, and the kernel would take them for forged.
 * Forged ones are caught before they get here, in judge.c.
 */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/ip.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/route.h>

#include "net.h"
#include "netconf.h"

/* Packets that wait for us, of each queue. The kernel's 500 are too few for
 * the bursts of a fast sender. */
#define QUEUE 1000

/* What the steps need. */
struct setup {
	const struct netconf *want;
	struct nl_sock *nl;
};

/* ---- What is set on it: each step returns what libnl does ------------- */

static int
step_link(struct setup *s)
{
	struct rtnl_link *which = rtnl_link_alloc();
	struct rtnl_link *want = rtnl_link_alloc();
	int rc = -NLE_NOMEM;

	if (which == NULL || want == NULL)
		goto out;
	rtnl_link_set_ifindex(which, (int)s->want->ifindex);
	rtnl_link_set_mtu(want, s->want->mtu);
	rtnl_link_set_txqlen(want, QUEUE);
	rtnl_link_set_flags(want, IFF_UP);
	rc = rtnl_link_inet_set_conf(want, IPV4_DEVCONF_ACCEPT_LOCAL, 1);
	if (rc == 0)
		rc = rtnl_link_change(s->nl, which, want, 0);
out:
	rtnl_link_put(want);
	rtnl_link_put(which);
	return rc;
}

static struct nl_addr *
address(struct rudder_net net)
{
	uint32_t addr = htonl(net.addr);
	struct nl_addr *a = nl_addr_build(AF_INET, &addr, sizeof(addr));

	if (a != NULL)
		nl_addr_set_prefixlen(a, net.len);
	return a;
}

static struct rudder_net
own(const struct setup *s)
{
	return (struct rudder_net){ .addr = s->want->subnet.addr, .len = 32 };
}

static int
step_address(struct setup *s)
{
	struct nl_addr *local = address(own(s));
	struct rtnl_addr *addr = rtnl_addr_alloc();
	int rc = -NLE_NOMEM;

	if (local == NULL || addr == NULL)
		goto out;
	rtnl_addr_set_ifindex(addr, (int)s->want->ifindex);
	rc = rtnl_addr_set_local(addr, local);
	if (rc == 0)
		rc = rtnl_addr_add(s->nl, addr, 0);
out:
	rtnl_addr_put(addr);
	nl_addr_put(local);
	return rc;
}

static int
set_nexthop(struct rtnl_route *route, unsigned ifindex)
{
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();

	if (hop == NULL)
		return -NLE_NOMEM;
	rtnl_route_nh_set_ifindex(hop, (int)ifindex);
	rtnl_route_add_nexthop(route, hop); /* takes it */
	return 0;
}

/* What this host itself sends into the overlay comes from our subnet. */
static int
step_route(struct setup *s)
{
	struct nl_addr *dst = address(s->want->network);
	struct nl_addr *src = address(own(s));
	struct rtnl_route *route = rtnl_route_alloc();
	int rc = -NLE_NOMEM;

	if (dst == NULL || src == NULL || route == NULL)
		goto out;
	rtnl_route_set_table(route, RT_TABLE_MAIN);
	rtnl_route_set_scope(route, RT_SCOPE_LINK);
	rc = rtnl_route_set_dst(route, dst);
	if (rc == 0)
		rc = rtnl_route_set_pref_src(route, src);
	if (rc == 0)
		rc = set_nexthop(route, s->want->ifindex);
	if (rc == 0)
		rc = rtnl_route_add(s->nl, route, NLM_F_EXCL);
	if (rc == -NLE_EXIST)
		rc = 0; /* whose, step_verify tells */
out:
	rtnl_route_put(route);
	nl_addr_put(src);
	nl_addr_put(dst);
	return rc;
}

/* The device of a route of the main table to exactly this network, or 0. */
static int
route_device(struct nl_object *obj, struct nl_addr *dst)
{
	struct rtnl_route *route = (struct rtnl_route *)obj;
	struct rtnl_nexthop *hop;

	if (rtnl_route_get_table(route) != RT_TABLE_MAIN ||
	    rtnl_route_get_dst(route) == NULL ||
	    nl_addr_cmp(rtnl_route_get_dst(route), dst) != 0)
		return 0;
	hop = rtnl_route_nexthop_n(route, 0);
	return hop == NULL ? 0 : rtnl_route_nh_get_ifindex(hop);
}

static int
judge(struct setup *s, int foreign)
{
	const struct rudder_env *env = s->want->env;
	char text[NET_TEXT], name[IFNAMSIZ];

	if (foreign == 0)
		return -NLE_OBJ_NOTFOUND;
	if (if_indextoname((unsigned)foreign, name) == NULL)
		memcpy(name, "?", 2);
	env->log(env, RUDDER_WARNING,
	    "udp: there is a route to %s by %s already, so %s gets none: "
	    "remove that one if packets do not arrive",
	    net_cidr(text, s->want->network), name, s->want->name);
	return 0;
}

/* An ACK is not a route yet (F44): look whether it is there, and whose. */
static int
step_verify(struct setup *s)
{
	struct nl_addr *dst = address(s->want->network);
	struct nl_cache *all = NULL;
	struct nl_object *obj;
	int rc = -NLE_NOMEM, foreign = 0, found;

	if (dst == NULL)
		goto out;
	rc = rtnl_route_alloc_cache(s->nl, AF_INET, 0, &all);
	if (rc < 0)
		goto out;
	for (obj = nl_cache_get_first(all); obj; obj = nl_cache_get_next(obj)) {
		found = route_device(obj, dst);
		if (found == (int)s->want->ifindex)
			goto out;
		if (found != 0)
			foreign = found;
	}
	rc = judge(s, foreign);
out:
	nl_cache_put(all);
	nl_addr_put(dst);
	return rc;
}

/* ---- All of it -------------------------------------------------------- */

/* libnl has error numbers of its own, and fewer. */
static int
errno_of(int rc)
{
	static const int errnos[NLE_MAX + 1] = {
		[NLE_PERM] = EPERM,
		[NLE_NOMEM] = ENOMEM,
		[NLE_NODEV] = ENODEV,
		[NLE_OBJ_NOTFOUND] = ENODEV,
		[NLE_OPNOTSUPP] = EOPNOTSUPP,
		[NLE_INVAL] = EINVAL,
		[NLE_RANGE] = EINVAL,
	};

	if (-rc > NLE_MAX || errnos[-rc] == 0)
		return -EIO;
	return -errnos[-rc];
}

static int
connect_netlink(struct setup *s)
{
	s->nl = nl_socket_alloc();
	if (s->nl == NULL)
		return -NLE_NOMEM;
	return nl_connect(s->nl, NETLINK_ROUTE);
}

struct step {
	int (*run)(struct setup *);
	const char *what; /* "cannot ..." */
};

/* All of them, until the first that fails. */
static int
take_steps(const struct netconf *want, const struct step *steps)
{
	const struct rudder_env *env = want->env;
	struct setup s = { .want = want };
	int rc = 0;

	for (; steps->run != NULL && rc >= 0; steps++) {
		rc = steps->run(&s);
		if (rc < 0)
			env->log(env, RUDDER_ERROR,
			    "udp: %s (MTU %u): cannot %s: %s", want->name,
			    want->mtu, steps->what, nl_geterror(rc));
	}
	nl_socket_free(s.nl);
	return rc < 0 ? errno_of(rc) : 0;
}

int
netconf_apply(const struct netconf *want)
{
	static const struct step steps[] = {
		{ connect_netlink, "ask the kernel to set it up" },
		{ step_link, "set its MTU and bring it up" },
		{ step_address, "give it the address of our subnet" },
		{ step_route, "route the overlay's network to it" },
		{ step_verify, "find the route to the overlay's network" },
		{ NULL, NULL },
	};

	return take_steps(want, steps);
}

int
netconf_set_mtu(const struct netconf *want)
{
	static const struct step steps[] = {
		{ connect_netlink, "ask the kernel to change it" },
		{ step_link, "set its MTU" },
		{ NULL, NULL },
	};

	return take_steps(want, steps);
}
