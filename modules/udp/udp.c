/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The udp backend: inner packets travel as the payload of UDP datagrams, one
 * in each, between sockets on the same port of every host. This file opens
 * the two ends and hands them to the path.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <rudder/module.h>

#include "net.h"
#include "packet.h"
#include "path.h"
#include "tun.h"

#define DEFAULT_PORT "8285"

/* The headers of the underlay: IPv4 and UDP. */
#define OVERHEAD 28

/* The longest datagram: an underlay of 64 KiB, as lo is, cannot be filled. */
#define MAX_MTU (PACKET_MAX - OVERHEAD)

/* Bursts of a fast sender must fit in while the event loop is elsewhere. */
#define SOCKET_BUFFER (8 * 1024 * 1024)

struct udp {
	const struct rudder_env *env;
	uint16_t port;
	int sock; /* -1: not attached */
	struct tun tun;
	struct path *path;
};

/* ---- open: the options ------------------------------------------------ */

static const struct rudder_option options[] = {
	{ .name = "port",
	    .type = RUDDER_NUMBER,
	    .def = DEFAULT_PORT,
	    .value = "number",
	    .help = "UDP port that every host of the overlay listens at",
	    .key = "Port",
	    .min = 1,
	    .max = 65535 },
	{ .name = NULL },
};

static int
read_port(const struct rudder_env *env, uint16_t *port)
{
	const char *text = env->option(env, "port");
	char *end;
	unsigned long n;

	if (text == NULL)
		text = DEFAULT_PORT;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1 || n > 65535) {
		env->log(env, RUDDER_ERROR,
		    "udp: port=%s: must be a number from 1 to 65535", text);
		return RUDDER_EOPTION;
	}
	*port = (uint16_t)n;
	return 0;
}

static int
udp_open(const struct rudder_env *env, void **backend)
{
	struct udp *u;
	uint16_t port;
	int rc;

	rc = read_port(env, &port);
	if (rc < 0)
		return rc;
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return -ENOMEM;
	u->env = env;
	u->port = port;
	u->sock = -1;
	u->tun.fd = -1;
	*backend = u;
	return 0;
}

/* ---- attach: socket, device, path ------------------------------------- */

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

static int
set_buffer(int sock, int which)
{
	int size = SOCKET_BUFFER;

	return setsockopt(sock, SOL_SOCKET, which, &size, sizeof(size));
}

/* Past the system's limit where we may; the default is good enough. */
static void
raise_buffers(int sock)
{
	if (set_buffer(sock, SO_RCVBUFFORCE) < 0)
		set_buffer(sock, SO_RCVBUF);
	if (set_buffer(sock, SO_SNDBUFFORCE) < 0)
		set_buffer(sock, SO_SNDBUF);
}

static const char *
bind_remedy(int err)
{
	if (err == EADDRINUSE)
		return ": another program has it (ss -ulnp shows which): stop "
		       "that one, or choose another port for all hosts";
	if (err == EADDRNOTAVAIL)
		return ": the interface has lost this address";
	if (err == EACCES)
		return ": ports below 1024 need CAP_NET_BIND_SERVICE";
	return "";
}

/*
 * Bound to the address that the others send to, so that what we send comes
 * from there too (F45).
 *
 * Datagrams never carry DF. The MTU is chosen so that they fit the interface;
 * where a link on the way is smaller after all, a router cuts them and the
 * overlay is slow. With DF, which is the kernel's default, they would vanish
 * wherever the ICMP that tells of it is filtered, and a sender inside cannot
 * learn of it in any case (F54).
 */
static int
open_socket(struct udp *u, const struct rudder_attach *where)
{
	const struct rudder_env *env = u->env;
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(u->port),
		.sin_addr.s_addr = htonl(where->iface_ip) };
	int discover = IP_PMTUDISC_DONT, err;
	char text[NET_TEXT];

	u->sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->sock < 0 ||
	    setsockopt(u->sock, IPPROTO_IP, IP_MTU_DISCOVER, &discover,
		sizeof(discover)) < 0 ||
	    bind(u->sock, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		err = errno;
		env->log(env, RUDDER_ERROR,
		    "udp: cannot listen at UDP port %u of %s (%s): %s%s",
		    u->port, net_ip(text, where->iface_ip), where->iface,
		    strerror(err), bind_remedy(err));
		return -err;
	}
	raise_buffers(u->sock);
	return 0;
}

static int
open_path(struct udp *u, const struct rudder_attach *where)
{
	const struct path_config cfg = {
		.env = u->env,
		.tun = u->tun.fd,
		.udp = u->sock,
		.tun_name = u->tun.name,
		.port = u->port,
		.iface_ip = where->iface_ip,
		.network = where->network,
		.subnet = where->subnet,
	};
	int rc = path_open(&u->path, &cfg);

	if (rc < 0)
		u->env->log(u->env, RUDDER_ERROR,
		    "udp: cannot watch %s: out of memory", u->tun.name);
	return rc;
}

/* Accepts what is half built. */
static void
detach(struct udp *u)
{
	path_close(u->path);
	u->path = NULL;
	tun_close(&u->tun);
	if (u->sock >= 0)
		close(u->sock);
	u->sock = -1;
}

static void
tell(const struct udp *u, const struct rudder_attach *where, unsigned mtu)
{
	char network[NET_TEXT], subnet[NET_TEXT], ip[NET_TEXT];

	u->env->log(u->env, RUDDER_INFO,
	    "udp: %s has %s of %s, MTU %u, by UDP port %u of %s (%s)",
	    u->tun.name, net_cidr(subnet, where->subnet),
	    net_cidr(network, where->network), mtu, u->port,
	    net_ip(ip, where->iface_ip), where->iface);
}

static int
udp_attach(void *backend, const struct rudder_attach *where,
    struct rudder_device *device)
{
	struct udp *u = backend;
	unsigned mtu;
	int rc;

	if (u->path != NULL)
		return RUDDER_ESTATE;
	rc = choose_mtu(u, where, &mtu);
	if (rc < 0)
		return rc;
	rc = open_socket(u, where);
	if (rc < 0)
		goto undo;
	rc = tun_open(&u->tun, u->env, where, mtu);
	if (rc < 0)
		goto undo;
	rc = open_path(u, where);
	if (rc < 0)
		goto undo;
	tell(u, where, mtu);
	*device = (struct rudder_device){ .mtu = mtu, .name = u->tun.name };
	return 0;
undo:
	detach(u);
	return rc;
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
