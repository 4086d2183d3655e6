/* SPDX-License-Identifier: Apache-2.0 */
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

#include "kernel.h"
#include "net.h"

/* Packets that wait for us, of each queue. The kernel's 500 are too few for
 * the bursts of a fast sender. */
#define QUEUE 1000

int
kernel_open(struct nl_sock **nl)
{
	int rc;

	*nl = nl_socket_alloc();
	if (*nl == NULL)
		return -NLE_NOMEM;
	rc = nl_connect(*nl, NETLINK_ROUTE);
	if (rc < 0) {
		nl_socket_free(*nl);
		*nl = NULL;
	}
	return rc;
}

void
kernel_close(struct nl_sock *nl)
{
	nl_socket_free(nl);
}

/* libnl has error numbers of its own, and fewer. */
int
kernel_errno(int rc)
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

	if (rc >= 0)
		return 0;
	if (-rc > NLE_MAX || errnos[-rc] == 0)
		return -EIO;
	return -errnos[-rc];
}

const char *
kernel_text(int rc)
{
	return nl_geterror(rc);
}

/* ---- A device ---------------------------------------------------------- */

int
kernel_link(struct nl_sock *nl, unsigned ifindex, struct kernel_link *have)
{
	struct rtnl_link *link;
	int rc = rtnl_link_get_kernel(nl, (int)ifindex, NULL, &link);

	if (rc < 0)
		return rc;
	have->up = (rtnl_link_get_flags(link) & IFF_UP) != 0;
	have->mtu = rtnl_link_get_mtu(link);
	rtnl_link_put(link);
	return 0;
}

int
kernel_set_link(struct nl_sock *nl, unsigned ifindex, unsigned mtu)
{
	struct rtnl_link *which = rtnl_link_alloc();
	struct rtnl_link *want = rtnl_link_alloc();
	int rc = -NLE_NOMEM;

	if (which == NULL || want == NULL)
		goto out;
	rtnl_link_set_ifindex(which, (int)ifindex);
	rtnl_link_set_mtu(want, mtu);
	rtnl_link_set_txqlen(want, QUEUE);
	rtnl_link_set_flags(want, IFF_UP);
	rc = rtnl_link_inet_set_conf(want, IPV4_DEVCONF_ACCEPT_LOCAL, 1);
	if (rc == 0)
		rc = rtnl_link_change(nl, which, want, 0);
out:
	rtnl_link_put(want);
	rtnl_link_put(which);
	return rc;
}

/* ---- Its addresses ----------------------------------------------------- */

static struct nl_addr *
address(struct rudder_net net)
{
	uint32_t addr = htonl(net.addr);
	struct nl_addr *a = nl_addr_build(AF_INET, &addr, sizeof(addr));

	if (a != NULL)
		nl_addr_set_prefixlen(a, net.len);
	return a;
}

/* False: it is none of IPv4. */
static bool
read_address(const struct nl_addr *a, struct rudder_net *net)
{
	uint32_t addr;

	if (a == NULL || nl_addr_get_family(a) != AF_INET ||
	    nl_addr_get_len(a) != sizeof(addr))
		return false;
	memcpy(&addr, nl_addr_get_binary_addr(a), sizeof(addr));
	*net = (struct rudder_net){ .addr = ntohl(addr),
		.len = (uint8_t)nl_addr_get_prefixlen(a) };
	return true;
}

int
kernel_addresses(struct nl_sock *nl, unsigned ifindex,
    int (*each)(void *arg, struct rudder_net), void *arg)
{
	struct nl_cache *all;
	struct nl_object *obj;
	struct rudder_net net;
	int rc = rtnl_addr_alloc_cache(nl, &all);

	if (rc < 0)
		return rc;
	for (obj = nl_cache_get_first(all); obj != NULL && rc >= 0;
	     obj = nl_cache_get_next(obj)) {
		struct rtnl_addr *a = (struct rtnl_addr *)obj;

		if (rtnl_addr_get_ifindex(a) == (int)ifindex &&
		    read_address(rtnl_addr_get_local(a), &net))
			rc = each(arg, net);
	}
	nl_cache_put(all);
	return rc;
}

static int
change_address(struct nl_sock *nl, unsigned ifindex, struct rudder_net net,
    int (*change)(struct nl_sock *, struct rtnl_addr *, int flags))
{
	struct nl_addr *local = address(net);
	struct rtnl_addr *addr = rtnl_addr_alloc();
	int rc = -NLE_NOMEM;

	if (local == NULL || addr == NULL)
		goto out;
	rtnl_addr_set_ifindex(addr, (int)ifindex);
	rc = rtnl_addr_set_local(addr, local);
	if (rc == 0)
		rc = change(nl, addr, 0);
out:
	rtnl_addr_put(addr);
	nl_addr_put(local);
	return rc;
}

int
kernel_add_address(struct nl_sock *nl, unsigned ifindex, struct rudder_net net)
{
	int rc = change_address(nl, ifindex, net, rtnl_addr_add);

	return rc == -NLE_EXIST ? 0 : rc;
}

int
kernel_del_address(struct nl_sock *nl, unsigned ifindex, struct rudder_net net)
{
	int rc = change_address(nl, ifindex, net, rtnl_addr_delete);

	return rc == -NLE_NOADDR ? 0 : rc;
}

/* ---- Routes of the main table ------------------------------------------ */

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

static int
write_route(struct nl_sock *nl, const struct kernel_route *want, int flags)
{
	struct nl_addr *dst = address(want->to);
	struct nl_addr *src = address((struct rudder_net){ want->src, 32 });
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
		rc = set_nexthop(route, want->ifindex);
	if (rc == 0)
		rc = rtnl_route_add(nl, route, flags);
out:
	rtnl_route_put(route);
	nl_addr_put(src);
	nl_addr_put(dst);
	return rc;
}

int
kernel_add_route(
    struct nl_sock *nl, const struct kernel_route *want, bool *added)
{
	int rc = write_route(nl, want, NLM_F_EXCL);

	*added = rc == 0;
	return rc == -NLE_EXIST ? 0 : rc;
}

int
kernel_replace_route(struct nl_sock *nl, const struct kernel_route *want)
{
	return write_route(nl, want, NLM_F_REPLACE);
}

static bool
is_to(struct rtnl_route *route, struct rudder_net to)
{
	struct rudder_net net;

	return rtnl_route_get_table(route) == RT_TABLE_MAIN &&
	       read_address(rtnl_route_get_dst(route), &net) &&
	       net.addr == to.addr && net.len == to.len;
}

static void
classify(struct rtnl_route *route, const struct kernel_route *want,
    struct kernel_routes *have)
{
	struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
	unsigned ifindex =
	    hop == NULL ? 0 : (unsigned)rtnl_route_nh_get_ifindex(hop);
	struct rudder_net src = { 0, 0 };

	if (ifindex != want->ifindex) {
		have->rival = ifindex;
		return;
	}
	read_address(rtnl_route_get_pref_src(route), &src);
	if (src.addr == want->src)
		have->is_there = true;
	else
		have->is_twisted = true;
}

int
kernel_routes(struct nl_sock *nl, const struct kernel_route *want,
    struct kernel_routes *have)
{
	struct nl_cache *all;
	struct nl_object *obj;
	int rc = rtnl_route_alloc_cache(nl, AF_INET, 0, &all);

	*have = (struct kernel_routes){ .rival = 0 };
	if (rc < 0)
		return rc;
	for (obj = nl_cache_get_first(all); obj; obj = nl_cache_get_next(obj)) {
		struct rtnl_route *route = (struct rtnl_route *)obj;

		if (is_to(route, want->to))
			classify(route, want, have);
	}
	nl_cache_put(all);
	return 0;
}
