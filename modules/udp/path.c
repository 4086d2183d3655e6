/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a packet
 *
 * Out: the kernel routes it into the TUN. It is read, found to be IPv4, its
 * destination is looked up, it ages by one hop, and it leaves as a datagram
 * to the host that has the destination's subnet. Without a route, or at the
 * end of its TTL, its sender gets an ICMP error from the address of the TUN,
 * written into the TUN.
 *
 * In: the datagram must hold one whole IPv4 packet; bytes behind it are cut
 * off. It ages by another hop and is written into the TUN, where the kernel
 * takes over. At the end of its TTL the error goes to the host that has the
 * sender's subnet, by the routes, not by what the datagram claims.
 *
 * Nothing is ever queued here: what cannot go at once is dropped and counted,
 * as in any router (F38). A wake-up handles BUDGET packets of one direction
 * and returns to the event loop, so that traffic cannot starve the control
 * plane (F37). The errors of a single packet are counters, never the end;
 * only a descriptor that can no longer be read is.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>

#include "counters.h"
#include "limit.h"
#include "net.h"
#include "packet.h"
#include "path.h"
#include "routes.h"

#define BUDGET 64

struct path {
	struct path_config cfg;
	struct event *tun_ready;
	struct event *udp_ready;
	struct routes routes;
	struct limit icmp;  /* errors that we send */
	struct limit lines; /* of the log */
	bool dead;
	uint64_t count[N_COUNTERS];

	/* Longer than any packet: nothing is cut off unnoticed (F33, F34). */
	uint8_t buf[PACKET_MAX + 1];
};

/* ---- What is common to both directions -------------------------------- */

static uint64_t
now(const struct path *p)
{
	return p->cfg.env->now(p->cfg.env);
}

/* A packet goes no further. */
static void
drop(struct path *p, enum counter why, const struct packet *pkt)
{
	const struct rudder_env *env = p->cfg.env;
	char src[NET_TEXT] = "?", dst[NET_TEXT] = "?";

	p->count[why]++;
	if (!limit_take(&p->lines, now(p)))
		return;
	if (pkt != NULL) {
		net_ip(src, packet_src(pkt));
		net_ip(dst, packet_dst(pkt));
	}
	env->log(env, RUDDER_DEBUG,
	    "udp: %s: dropped a packet from %s to %s: %s", p->cfg.tun_name, src,
	    dst, counters_name(why));
}

/* A descriptor is of no use any more. */
static void __attribute__((format(printf, 3, 4)))
die(struct path *p, int err, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	if (p->dead)
		return;
	p->dead = true;
	event_del(p->tun_ready);
	event_del(p->udp_ready);
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	p->cfg.env->failed(p->cfg.env, -err, why);
}

/* Errors after which the same descriptor works again. */
static bool
passes(int err)
{
	static const int passing[] = { EAGAIN, EINTR, ENOMEM, ENOBUFS,
		ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (err == passing[i])
			return true;
	return false;
}

static bool
is_full(int err)
{
	return err == EAGAIN || err == ENOBUFS || err == ENOMEM;
}

static void
tun_died(struct path *p, int err)
{
	die(p, err, "TUN device %s is gone (%s): was it deleted?",
	    p->cfg.tun_name, strerror(err));
}

/* 0 or -errno. */
static int
to_tun(struct path *p, const void *data, size_t len)
{
	int err;

	if (write(p->cfg.tun, data, len) >= 0)
		return 0;
	err = errno;
	if (err == EBADFD)
		tun_died(p, err);
	return -err;
}

static int
to_host(struct path *p, uint32_t host, const void *data, size_t len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(p->cfg.port),
		.sin_addr.s_addr = htonl(host) };

	if (sendto(p->cfg.udp, data, len, 0, (struct sockaddr *)&sin,
		sizeof(sin)) < 0)
		return -errno;
	return 0;
}

/* The error about a packet, from the TUN; 0: none, or none now (F58). */
static size_t
compose(struct path *p, uint8_t out[PACKET_ICMP_MAX],
    const struct packet *about, enum packet_error error)
{
	size_t len = packet_icmp(out, about, error, p->cfg.subnet.addr, 0);

	if (len > 0 && !limit_take(&p->icmp, now(p))) {
		p->count[ICMP_LIMITED]++;
		return 0;
	}
	return len;
}

/* ---- Out: TUN to UDP -------------------------------------------------- */

static void
answer_here(struct path *p, const struct packet *about, enum packet_error error)
{
	uint8_t out[PACKET_ICMP_MAX];
	size_t len = compose(p, out, about, error);

	if (len > 0 && to_tun(p, out, len) == 0)
		p->count[ICMP_SENT]++;
}

/* To everybody in the overlay: nobody forwards that, nobody answers it. */
static bool
is_broadcast(const struct path *p, uint32_t addr)
{
	return addr == (p->cfg.network.addr | ~net_mask(p->cfg.network.len));
}

static void
no_route(struct path *p, const struct packet *pkt)
{
	drop(p, TX_NO_ROUTE, pkt);
	if (!is_broadcast(p, packet_dst(pkt)))
		answer_here(p, pkt, PACKET_NET_UNREACHABLE);
}

static void
send_packet(struct path *p, struct packet *pkt)
{
	const struct route *route;
	int rc;

	if (packet_to_many(pkt)) {
		drop(p, TX_MULTICAST, pkt);
		return;
	}
	route = routes_find(&p->routes, packet_dst(pkt));
	if (route == NULL) {
		no_route(p, pkt);
		return;
	}
	if (!packet_age(pkt)) {
		drop(p, TX_TTL_EXCEEDED, pkt);
		answer_here(p, pkt, PACKET_TIME_EXCEEDED);
		return;
	}
	rc = to_host(p, route->endpoint, pkt->data, pkt->len);
	if (rc < 0) {
		drop(p, is_full(-rc) ? TX_DROPPED : TX_ERRORS, pkt);
		return;
	}
	p->count[TX_PACKETS]++;
	p->count[TX_BYTES] += pkt->len;
}

/* False: there is nothing more to read. */
static bool
read_tun(struct path *p)
{
	ssize_t n = read(p->cfg.tun, p->buf, sizeof(p->buf));
	struct packet pkt;
	int rc;

	if (n < 0) {
		if (!passes(errno))
			tun_died(p, errno);
		return false;
	}
	rc = packet_parse(&pkt, p->buf, (size_t)n);
	if (rc == 0)
		send_packet(p, &pkt);
	else
		drop(p, rc == -EBADMSG ? TX_MALFORMED : TX_NOT_IPV4, NULL);
	return !p->dead;
}

static void
on_tun(evutil_socket_t fd, short what, void *arg)
{
	struct path *p = arg;
	int left = BUDGET;

	(void)fd;
	(void)what;
	while (left-- > 0 && read_tun(p))
		;
}

/* ---- In: UDP to TUN --------------------------------------------------- */

static void
answer_there(
    struct path *p, const struct packet *about, enum packet_error error)
{
	const struct route *back = routes_find(&p->routes, packet_src(about));
	uint8_t out[PACKET_ICMP_MAX];
	size_t len;

	if (back == NULL)
		return;
	len = compose(p, out, about, error);
	if (len > 0 && to_host(p, back->endpoint, out, len) == 0)
		p->count[ICMP_SENT]++;
}

/*
 * Does it say that it comes from this host? The kernel would refuse that, if
 * tun.c had not told it to accept our own ICMP errors.
 */
static bool
is_forged(const struct path *p, uint32_t src)
{
	return net_has(p->cfg.subnet, src) || src == p->cfg.iface_ip;
}

static void
deliver_packet(struct path *p, struct packet *pkt)
{
	int rc;

	if (is_forged(p, packet_src(pkt))) {
		drop(p, RX_FORGED, pkt);
		return;
	}
	if (!packet_age(pkt)) {
		drop(p, RX_TTL_EXCEEDED, pkt);
		answer_there(p, pkt, PACKET_TIME_EXCEEDED);
		return;
	}
	rc = to_tun(p, pkt->data, pkt->len);
	if (rc < 0) {
		drop(p, is_full(-rc) ? RX_DROPPED : RX_ERRORS, pkt);
		return;
	}
	p->count[RX_PACKETS]++;
	p->count[RX_BYTES] += pkt->len;
}

static void
take_datagram(struct path *p, size_t len)
{
	struct packet pkt;
	int rc;

	if (len > sizeof(p->buf)) {
		drop(p, RX_TRUNCATED, NULL);
		return;
	}
	rc = packet_parse(&pkt, p->buf, len);
	if (rc == 0)
		deliver_packet(p, &pkt);
	else
		drop(p, rc == -EBADMSG ? RX_MALFORMED : RX_NOT_IPV4, NULL);
}

/* MSG_TRUNC: the length that it had on the wire, whatever the buffer's. */
static bool
read_udp(struct path *p)
{
	ssize_t n = recv(p->cfg.udp, p->buf, sizeof(p->buf), MSG_TRUNC);

	if (n < 0) {
		if (!passes(errno))
			die(p, errno, "the UDP socket of %s has died: %s",
			    p->cfg.tun_name, strerror(errno));
		return false;
	}
	take_datagram(p, (size_t)n);
	return !p->dead;
}

static void
on_udp(evutil_socket_t fd, short what, void *arg)
{
	struct path *p = arg;
	int left = BUDGET;

	(void)fd;
	(void)what;
	while (left-- > 0 && read_udp(p))
		;
}

/* ---- Its life --------------------------------------------------------- */

int
path_open(struct path **path, const struct path_config *cfg)
{
	struct event_base *base = cfg->env->base;
	struct path *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	p->cfg = *cfg;
	p->icmp = (struct limit){ .rate = 100, .burst = 50 };
	p->lines = (struct limit){ .rate = 1, .burst = 10 };
	p->tun_ready =
	    event_new(base, cfg->tun, EV_READ | EV_PERSIST, on_tun, p);
	p->udp_ready =
	    event_new(base, cfg->udp, EV_READ | EV_PERSIST, on_udp, p);
	if (p->tun_ready == NULL || p->udp_ready == NULL ||
	    event_add(p->tun_ready, NULL) < 0 ||
	    event_add(p->udp_ready, NULL) < 0) {
		path_close(p);
		return -ENOMEM;
	}
	*path = p;
	return 0;
}

void
path_close(struct path *p)
{
	if (p == NULL)
		return;
	if (p->udp_ready != NULL)
		event_free(p->udp_ready);
	if (p->tun_ready != NULL)
		event_free(p->tun_ready);
	routes_fini(&p->routes);
	free(p);
}

int
path_route_set(struct path *p, struct rudder_net subnet, uint32_t endpoint)
{
	return routes_set(&p->routes, subnet, endpoint);
}

int
path_route_del(struct path *p, struct rudder_net subnet)
{
	return routes_del(&p->routes, subnet);
}

size_t
path_stats(const struct path *p, struct rudder_stat *stats, size_t n)
{
	return counters_write(p == NULL ? NULL : p->count, stats, n);
}
