/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The udp backend: inner packets travel as the payload of UDP datagrams, one
 * in each, between sockets on the same port of every host. This file opens
 * the two ends and hands them to the path.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rudder/module.h>

#include "net.h"
#include "offload.h"
#include "packet.h"
#include "path.h"
#include "socks.h"
#include "tun.h"

#define DEFAULT_PORT "8285"
#define DEFAULT_WORKERS "1"

/* The headers of the underlay: IPv4 and UDP. */
#define OVERHEAD 28

/* The longest datagram: an underlay of 64 KiB, as lo is, cannot be filled. */
#define MAX_MTU (PACKET_MAX - OVERHEAD)

struct udp {
	const struct rudder_env *env;
	uint16_t port;
	unsigned workers;
	bool pmtu;
	struct offload wanted;
	struct socks socks;
	struct tun tun;
	struct path *path; /* NULL: not attached */
};

/* ---- open: the options ------------------------------------------------ */

#define SWITCH(word, what)                                                     \
	{                                                                      \
		.name = word, .type = RUDDER_BOOL, .def = "true", .help = what \
	}

static const struct rudder_option options[] = {
	{ .name = "port",
	    .type = RUDDER_NUMBER,
	    .def = DEFAULT_PORT,
	    .value = "number",
	    .help = "UDP port that every host of the overlay listens at",
	    .key = "Port",
	    .min = 1,
	    .max = 65535 },
	{ .name = "workers",
	    .type = RUDDER_NUMBER,
	    .def = DEFAULT_WORKERS,
	    .value = "number",
	    .help = "threads that move packets; 0: the program's own",
	    .key = "Workers",
	    .min = 0,
	    .max = TUN_QUEUES_MAX },
	SWITCH("offloads", "many packets at once; =false: one by one"),
	SWITCH("tso", "let the TUN hand over TCP uncut"),
	SWITCH("uso", "let the TUN hand over UDP uncut, and take it"),
	SWITCH("udp-segment", "send many datagrams in one"),
	SWITCH("udp-gro", "receive many datagrams in one"),
	SWITCH("coalesce", "merge received packets for the TUN"),
	SWITCH("pmtu", "learn how narrow paths are; =false: no DF"),
	{ .name = NULL },
};

/* The text of an option that is not set is its default. */
static int
read_number(const struct rudder_env *env, const char *name, unsigned *number)
{
	const struct rudder_option *o = options;
	const char *text = env->option(env, name);
	char *end;
	unsigned long n;

	while (strcmp(o->name, name) != 0)
		o++;
	if (text == NULL)
		text = o->def;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < o->min ||
	    n > o->max || *text == '-') {
		env->log(env, RUDDER_ERROR,
		    "udp: %s=%s: must be a number from %u to %u", name, text,
		    (unsigned)o->min, (unsigned)o->max);
		return RUDDER_EOPTION;
	}
	*number = (unsigned)n;
	return 0;
}

static bool
read_switch(const struct rudder_env *env, const char *name)
{
	const char *text = env->option(env, name);

	return text == NULL || strcmp(text, "false") != 0;
}

static int
udp_open(const struct rudder_env *env, void **backend)
{
	unsigned port, workers;
	struct udp *u;
	int rc;

	rc = read_number(env, "port", &port);
	if (rc == 0)
		rc = read_number(env, "workers", &workers);
	if (rc < 0)
		return rc;
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return -ENOMEM;
	u->env = env;
	u->port = (uint16_t)port;
	u->workers = workers;
	u->pmtu = read_switch(env, "pmtu");
	u->wanted = offload_wanted(env);
	*backend = u;
	return 0;
}

/* ---- attach: sockets, device, path ------------------------------------ */

static int
choose_mtu(
    const struct udp *u, const struct rudder_attach *where, unsigned *mtu)
{
	const struct rudder_env *env = u->env;

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
n_lanes(const struct udp *u)
{
	return u->workers > 0 ? u->workers : 1;
}

static int
open_path(struct udp *u, const struct rudder_attach *where, unsigned mtu,
    const struct offload *offload)
{
	const struct path_config cfg = {
		.env = u->env,
		.place = { .tun_name = u->tun.name,
		    .port = u->port,
		    .mtu = mtu,
		    .iface_ip = where->iface_ip,
		    .network = where->network,
		    .subnet = where->subnet },
		.offload = *offload,
		.pmtu = u->pmtu,
		.workers = u->workers,
		.tun = u->tun.fd,
		.udp = u->socks.fd,
	};
	int rc = path_open(&u->path, &cfg);

	if (rc < 0)
		u->env->log(u->env, RUDDER_ERROR,
		    "udp: cannot move packets of %s: %s", u->tun.name,
		    strerror(-rc));
	return rc;
}

/* Accepts what is half built. */
static void
detach(struct udp *u)
{
	path_close(u->path);
	u->path = NULL;
	tun_close(&u->tun);
	socks_close(&u->socks);
}

static void
tell(const struct udp *u, const struct rudder_attach *where, unsigned mtu,
    const struct offload *offload)
{
	char network[NET_TEXT], subnet[NET_TEXT], ip[NET_TEXT];
	char text[OFFLOAD_TEXT];

	u->env->log(u->env, RUDDER_INFO,
	    "udp: %s has %s of %s, MTU %u, by UDP port %u of %s (%s); "
	    "workers: %u, offloads: %s",
	    u->tun.name, net_cidr(subnet, where->subnet),
	    net_cidr(network, where->network), mtu, u->port,
	    net_ip(ip, where->iface_ip), where->iface, u->workers,
	    offload_text(text, offload));
}

static int
open_ends(struct udp *u, const struct rudder_attach *where, unsigned mtu,
    struct offload *offload)
{
	const struct socks_config socks = { .where = where,
		.port = u->port,
		.n = n_lanes(u),
		.pmtu = u->pmtu };
	const struct tun_config tun = {
		.where = where, .mtu = mtu, .queues = n_lanes(u)
	};
	int rc = socks_open(&u->socks, u->env, &socks, offload);

	if (rc < 0)
		return rc;
	return tun_open(&u->tun, u->env, &tun, offload);
}

static int
udp_attach(void *backend, const struct rudder_attach *where,
    struct rudder_device *device)
{
	struct udp *u = backend;
	struct offload offload = u->wanted;
	unsigned mtu;
	int rc;

	if (u->path != NULL)
		return RUDDER_ESTATE;
	rc = choose_mtu(u, where, &mtu);
	if (rc < 0)
		return rc;
	rc = open_ends(u, where, mtu, &offload);
	if (rc == 0)
		rc = open_path(u, where, mtu, &offload);
	if (rc < 0) {
		detach(u);
		return rc;
	}
	tell(u, where, mtu, &offload);
	*device = (struct rudder_device){ .mtu = mtu, .name = u->tun.name };
	return 0;
}

/* ---- The rest of a life ----------------------------------------------- */

static int
udp_peer_set(void *backend, struct rudder_net subnet, uint32_t public_ip)
{
	struct udp *u = backend;

	if (u->path == NULL)
		return RUDDER_ESTATE;
	return path_route_set(u->path, subnet, public_ip);
}

static int
udp_peer_del(void *backend, struct rudder_net subnet)
{
	struct udp *u = backend;

	if (u->path == NULL)
		return RUDDER_ESTATE;
	return path_route_del(u->path, subnet);
}

static size_t
udp_stats(void *backend, struct rudder_stat *stats, size_t n)
{
	struct udp *u = backend;

	return path_stats(u->path, stats, n);
}

static void
udp_close(void *backend)
{
	struct udp *u = backend;

	if (u == NULL)
		return;
	detach(u);
	free(u);
}

static const struct rudder_backend ops = {
	.open = udp_open,
	.close = udp_close,
	.attach = udp_attach,
	.peer_set = udp_peer_set,
	.peer_del = udp_peer_del,
	.stats = udp_stats,
};

RUDDER_MODULE(udp) = {
	.abi = RUDDER_MODULE_ABI,
	.name = "udp",
	.options = options,
	.backend = &ops,
};
