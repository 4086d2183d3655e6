/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A move, step by step: what somebody has done to the device is mended; the
 * new sockets are opened while the old ones still carry packets; then the
 * device gets its new MTU; then the lanes end, and new ones begin on the same
 * queues. Whatever can fail comes before the lanes end, but for memory and
 * threads, of which as many have just become free.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "packet.h"
#include "station.h"

/* The headers of the underlay: IPv4 and UDP. */
#define OVERHEAD 28

/* The longest datagram: an underlay of 64 KiB, as lo is, cannot be filled. */
#define MAX_MTU (PACKET_MAX - OVERHEAD)

static int
choose_mtu(const struct rudder_env *env, const struct rudder_attach *where,
    unsigned *mtu)
{
	if (where->iface_mtu < PACKET_MIN_MTU + OVERHEAD) {
		env->log(env, RUDDER_ERROR,
		    "udp: the MTU of %s is %u, but it takes at least %u: %u "
		    "for IPv4 and %u for the headers: raise it or choose "
		    "another interface",
		    where->iface, where->iface_mtu, PACKET_MIN_MTU + OVERHEAD,
		    PACKET_MIN_MTU, OVERHEAD);
		return -EINVAL;
	}
	*mtu = where->iface_mtu - OVERHEAD;
	if (*mtu > MAX_MTU)
		*mtu = MAX_MTU;
	return 0;
}

static unsigned
n_lanes(const struct station *s)
{
	return s->cfg.workers > 0 ? s->cfg.workers : 1;
}

/* ---- The two ends ----------------------------------------------------- */

/* The simple lane, which is for a TUN without virtio headers, can do nothing
 * with many datagrams in one. */
static int
open_socks(const struct station *s, const struct rudder_attach *where,
    struct socks *socks, struct offload *offload)
{
	const struct socks_config cfg = { .where = where,
		.port = s->cfg.port,
		.n = n_lanes(s),
		.pmtu = s->cfg.pmtu };

	offload->segment = offload->vnet && s->cfg.wanted.segment;
	offload->gro = offload->vnet && s->cfg.wanted.gro;
	return socks_open(socks, s->env, &cfg, offload);
}

static struct tun_config
tun_config(const struct station *s, unsigned mtu)
{
	return (struct tun_config){
		.where = &s->where, .mtu = mtu, .queues = n_lanes(s)
	};
}

static int
open_tun(struct station *s)
{
	const struct tun_config cfg = tun_config(s, s->mtu);

	return tun_open(&s->tun, s->env, &cfg, &s->offload);
}

static int
reopen_tun(struct station *s)
{
	const struct tun_config cfg = tun_config(s, s->mtu);
	struct offload offload = s->cfg.wanted;
	int rc;

	offload.segment = s->offload.segment;
	offload.gro = s->offload.gro;
	rc = tun_reopen(&s->tun, s->env, &cfg, &offload);
	if (rc == 0)
		s->offload = offload;
	return rc;
}

static int
set_mtu(struct station *s, unsigned mtu)
{
	const struct tun_config cfg = tun_config(s, mtu);

	return tun_set_mtu(&s->tun, s->env, &cfg);
}

/* Of each lane, at any time. */
static void
on_gone(void *arg)
{
	struct station *s = arg;

	s->lost = true;
	tunwatch_hint(s->watch);
}

static int
start(struct station *s)
{
	const struct path_config cfg = {
		.place = { .tun_name = s->tun.name,
		    .port = s->cfg.port,
		    .mtu = s->mtu,
		    .iface_ip = s->where.iface_ip,
		    .network = s->where.network,
		    .subnet = s->where.subnet },
		.offload = s->offload,
		.pmtu = s->cfg.pmtu,
		.rx_check = s->cfg.rx_check,
		.workers = s->cfg.workers,
		.gone = on_gone,
		.gone_arg = s,
		.tun = s->tun.fd,
		.udp = s->socks.fd,
	};
	int rc = path_start(s->path, &cfg);

	if (rc < 0)
		s->env->log(s->env, RUDDER_ERROR,
		    "udp: cannot move packets of %s: %s", s->tun.name,
		    strerror(-rc));
	return rc;
}

static void
tell(const struct station *s, const char *verb)
{
	char network[NET_TEXT], subnet[NET_TEXT], ip[NET_TEXT];
	char text[OFFLOAD_TEXT];

	s->env->log(s->env, RUDDER_INFO,
	    "udp: %s %s %s of %s, MTU %u, by UDP port %u of %s (%s); "
	    "workers: %u, offloads: %s",
	    s->tun.name, verb, net_cidr(subnet, s->where.subnet),
	    net_cidr(network, s->where.network), s->mtu, s->cfg.port,
	    net_ip(ip, s->where.iface_ip), s->where.iface, s->cfg.workers,
	    offload_text(text, &s->offload));
}

/* ---- What somebody has changed (F50) ----------------------------------- */

/* A line for each, but when it never ends, as when somebody fights us: then
 * one a minute. */
static void
on_mended(void *arg, const char *what)
{
	struct station *s = arg;
	char more[64] = "";

	path_count(s->path, TUN_REPAIRED, 1);
	if (!limit_take(&s->lines, s->env->now(s->env) / 60)) {
		s->unsaid++;
		return;
	}
	if (s->unsaid > 0)
		snprintf(more, sizeof(more), " (and %u more of that kind)",
		    s->unsaid);
	s->unsaid = 0;
	s->env->log(
	    s->env, RUDDER_WARNING, "udp: %s %s%s", s->tun.name, what, more);
}

/* The lanes end; where the rest fails, it is tried again at the next look. */
static int
rebuild(struct station *s)
{
	int rc;

	path_stop(s->path);
	rc = reopen_tun(s);
	if (rc < 0)
		return rc;
	tunwatch_aim(s->watch, s->tun.ifindex, s->where.network);
	rc = start(s);
	if (rc < 0)
		return rc;
	s->lost = false;
	on_mended(s, "was gone: it was made again");
	return 0;
}

/* Whether anything was put back, or should have been. */
static bool
look(struct station *s, bool thorough)
{
	const struct netconf_told told = { .mended = on_mended, .arg = s };
	const struct tun_config cfg = tun_config(s, s->mtu);
	uint64_t before = path_counted(s->path, TUN_REPAIRED);
	int rc = 0;

	if (!s->lost)
		rc = tun_mend(&s->tun, s->env, &cfg, thorough, &told);
	if (rc == -ENODEV)
		s->lost = true;
	if (s->lost)
		rc = rebuild(s);
	return rc < 0 || path_counted(s->path, TUN_REPAIRED) != before;
}

static bool
on_look(void *arg, bool hint)
{
	return look(arg, hint);
}

static int
open_watch(struct station *s)
{
	const struct tunwatch_config cfg = {
		.base = s->env->base, .look = on_look, .arg = s
	};
	int rc = tunwatch_open(&s->watch, &cfg);

	if (rc < 0) {
		s->env->log(s->env, RUDDER_ERROR,
		    "udp: cannot watch what becomes of %s: %s", s->tun.name,
		    strerror(-rc));
		return rc;
	}
	tunwatch_aim(s->watch, s->tun.ifindex, s->where.network);
	return 0;
}

/* ---- Attach ----------------------------------------------------------- */

void
station_init(struct station *s, const struct rudder_env *env,
    const struct station_config *cfg)
{
	*s = (struct station){ .env = env, .cfg = *cfg };
	s->lines = (struct limit){ .rate = 1, .burst = 10 };
}

void
station_fini(struct station *s)
{
	tunwatch_close(s->watch);
	s->watch = NULL;
	path_close(s->path);
	s->path = NULL;
	s->lost = false;
	tun_close(&s->tun);
	socks_close(&s->socks);
}

static void
remember(struct station *s, const struct rudder_attach *where, unsigned mtu)
{
	s->where = *where;
	snprintf(s->iface, sizeof(s->iface), "%s", where->iface);
	s->where.iface = s->iface;
	s->mtu = mtu;
}

static int
build(struct station *s)
{
	int rc;

	s->offload = s->cfg.wanted;
	rc = open_tun(s);
	if (rc == 0)
		rc = open_socks(s, &s->where, &s->socks, &s->offload);
	if (rc == 0)
		rc = open_watch(s);
	if (rc == 0)
		rc = path_open(&s->path, s->env, n_lanes(s));
	if (rc == 0)
		rc = start(s);
	return rc;
}

int
station_attach(struct station *s, const struct rudder_attach *where)
{
	unsigned mtu;
	int rc = choose_mtu(s->env, where, &mtu);

	if (rc < 0)
		return rc;
	remember(s, where, mtu);
	rc = build(s);
	if (rc < 0) {
		station_fini(s);
		return rc;
	}
	tell(s, "has");
	return 0;
}

/* ---- Move ------------------------------------------------------------- */

/* What is where, and which of it a move has to change. */
struct spot {
	struct rudder_attach where;
	char iface[IFNAMSIZ];
	unsigned mtu;
	struct offload offload;
	struct socks socks;
};

static void
swap(struct station *s, struct spot *other)
{
	struct spot here = { .where = s->where,
		.mtu = s->mtu,
		.offload = s->offload,
		.socks = s->socks };

	memcpy(here.iface, s->iface, sizeof(here.iface));
	s->offload = other->offload;
	s->socks = other->socks;
	other->where.iface = other->iface;
	remember(s, &other->where, other->mtu);
	*other = here;
}

/* Lanes that begin at the other spot; or again where they were. */
static int
change_over(struct station *s, struct spot *other)
{
	int rc;

	path_stop(s->path);
	swap(s, other);
	rc = start(s);
	if (rc == 0)
		return 0;
	swap(s, other);
	set_mtu(s, s->mtu);
	start(s);
	return rc;
}

/*
 * Sockets that are bound to the same address go on: it need not even have
 * been there all the time.
 */
static bool
same_socks(const struct station *s, const struct rudder_attach *where)
{
	return where->iface_ip == s->where.iface_ip && s->socks.n > 0;
}

int
station_move(struct station *s, const struct rudder_attach *where)
{
	struct spot other = { .where = *where, .mtu = 0 };
	bool same = same_socks(s, where);
	int rc = choose_mtu(s->env, where, &other.mtu);

	if (rc < 0)
		return rc;
	look(s, true);
	if (s->lost)
		return -ENODEV; /* a line says why */
	snprintf(other.iface, sizeof(other.iface), "%s", where->iface);
	other.offload = s->offload;
	if (same)
		other.socks = s->socks;
	else
		rc = open_socks(s, where, &other.socks, &other.offload);
	if (rc < 0)
		return rc;
	rc = set_mtu(s, other.mtu);
	if (rc == 0)
		rc = change_over(s, &other);
	if (!same)
		socks_close(&other.socks);
	if (rc == 0)
		tell(s, "stays, with");
	return rc;
}
