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
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/route.h>

#include "net.h"
#include "tun.h"

#define DEVICE "/dev/net/tun"
#define PATTERN "rudder%d"

/* Packets that wait for us, of each queue. The kernel's 500 are too few for
 * the bursts of a fast sender. */
#define QUEUE 1000

/* What the steps need. */
struct setup {
	const struct rudder_env *env;
	const struct rudder_attach *where;
	const struct tun *tun;
	unsigned mtu;
	struct nl_sock *nl;
};

/* ---- The device ------------------------------------------------------- */

static const char *
remedy(int err)
{
	if (err == EPERM || err == EACCES)
		return ": this needs CAP_NET_ADMIN: run as root";
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		return ": the kernel has no TUN driver here: modprobe tun, or "
		       "give the container " DEVICE;
	return "";
}

static int
refuse(const struct rudder_env *env, const char *what, int err)
{
	env->log(env, RUDDER_ERROR, "udp: cannot %s: %s%s", what, strerror(err),
	    remedy(err));
	return -err;
}

/* A queue: the first makes the device, the others name it. */
static int
add_queue(struct tun *tun, const struct rudder_env *env, short flags)
{
	struct ifreq ifr = { .ifr_flags =
				 (short)(IFF_TUN | IFF_NO_PI | flags) };
	int fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC), err;

	if (fd < 0)
		return refuse(env, "open " DEVICE, errno);
	memcpy(ifr.ifr_name, tun->name, sizeof(ifr.ifr_name));
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = errno;
		close(fd);
		return refuse(env, "create the TUN device " PATTERN, err);
	}
	memcpy(tun->name, ifr.ifr_name, sizeof(tun->name));
	tun->name[sizeof(tun->name) - 1] = '\0';
	tun->fd[tun->n++] = fd;
	return 0;
}

/* What the driver knows of; an old or a foreign one may know less. */
static unsigned
features(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	unsigned known = 0;

	if (fd < 0)
		return 0;
	if (ioctl(fd, TUNGETFEATURES, &known) < 0)
		known = 0;
	close(fd);
	return known;
}

static int
create(struct tun *tun, const struct rudder_env *env, unsigned queues,
    struct offload *offload)
{
	short flags = queues > 1 ? IFF_MULTI_QUEUE : 0;
	int rc = 0;

	if (offload->vnet && (features() & IFF_VNET_HDR) == 0)
		offload->vnet = false;
	if (offload->vnet)
		flags |= IFF_VNET_HDR;
	memcpy(tun->name, PATTERN, sizeof(PATTERN));
	while (tun->n < queues && rc == 0)
		rc = add_queue(tun, env, flags);
	if (rc < 0)
		return rc;
	offload_tun(tun->fd[0], offload);
	tun->ifindex = if_nametoindex(tun->name);
	return 0;
}

/* ---- What is set on it: each step returns what libnl does ------------- */

static int
step_link(struct setup *s)
{
	struct rtnl_link *which = rtnl_link_alloc();
	struct rtnl_link *want = rtnl_link_alloc();
	int rc = -NLE_NOMEM;

	if (which == NULL || want == NULL)
		goto out;
	rtnl_link_set_ifindex(which, (int)s->tun->ifindex);
	rtnl_link_set_mtu(want, s->mtu);
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
	return (struct rudder_net){ .addr = s->where->subnet.addr, .len = 32 };
}

static int
step_address(struct setup *s)
{
	struct nl_addr *local = address(own(s));
	struct rtnl_addr *addr = rtnl_addr_alloc();
	int rc = -NLE_NOMEM;

	if (local == NULL || addr == NULL)
		goto out;
	rtnl_addr_set_ifindex(addr, (int)s->tun->ifindex);
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
	struct nl_addr *dst = address(s->where->network);
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
		rc = set_nexthop(route, s->tun->ifindex);
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
	const struct rudder_env *env = s->env;
	char text[NET_TEXT], name[IFNAMSIZ];

	if (foreign == 0)
		return -NLE_OBJ_NOTFOUND;
	if (if_indextoname((unsigned)foreign, name) == NULL)
		memcpy(name, "?", 2);
	env->log(env, RUDDER_WARNING,
	    "udp: there is a route to %s by %s already, so %s gets none: "
	    "remove that one if packets do not arrive",
	    net_cidr(text, s->where->network), name, s->tun->name);
	return 0;
}

/* An ACK is not a route yet (F44): look whether it is there, and whose. */
static int
step_verify(struct setup *s)
{
	struct nl_addr *dst = address(s->where->network);
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
		if (found == (int)s->tun->ifindex)
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

static int
configure(struct setup *s)
{
	static const struct {
		int (*run)(struct setup *);
		const char *what;
	} steps[] = {
		{ connect_netlink, "ask the kernel to set it up" },
		{ step_link, "set its MTU and bring it up" },
		{ step_address, "give it the address of our subnet" },
		{ step_route, "route the overlay's network to it" },
		{ step_verify, "find the route to the overlay's network" },
	};
	const struct rudder_env *env = s->env;
	int rc = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		rc = steps[i].run(s);
		if (rc >= 0)
			continue;
		env->log(env, RUDDER_ERROR, "udp: %s (MTU %u): cannot %s: %s",
		    s->tun->name, s->mtu, steps[i].what, nl_geterror(rc));
		break;
	}
	nl_socket_free(s->nl);
	return rc < 0 ? errno_of(rc) : 0;
}

int
tun_open(struct tun *tun, const struct rudder_env *env,
    const struct tun_config *cfg, struct offload *offload)
{
	struct setup setup = {
		.env = env, .where = cfg->where, .tun = tun, .mtu = cfg->mtu
	};
	int rc;

	*tun = (struct tun){ .n = 0 };
	rc = create(tun, env, cfg->queues, offload);
	if (rc == 0)
		rc = configure(&setup);
	if (rc < 0)
		tun_close(tun);
	return rc;
}

void
tun_close(struct tun *tun)
{
	while (tun->n > 0)
		close(tun->fd[--tun->n]);
}
