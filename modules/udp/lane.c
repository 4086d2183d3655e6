/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a lane, what it may do with one packet, and what it does when
 * something goes wrong. What it decides is in judge.c.
 *
 * The errors of a single packet are counters, never the end; only a
 * descriptor that can no longer be read is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>

#include "fragment.h"
#include "lane.h"
#include "net.h"
#include "vnet.h"

static uint64_t
now(const struct lane *l)
{
	return l->cfg.owner.now(l->cfg.owner.arg);
}

void
lane_tick(struct lane *l)
{
	l->time = now(l);
}

/* ---- When something goes wrong ---------------------------------------- */

void
lane_drop(
    struct lane *l, enum counter why, unsigned n, const struct packet *pkt)
{
	char src[NET_TEXT] = "?", dst[NET_TEXT] = "?", line[160];

	lane_count(l, why, n);
	if (!limit_take(&l->lines, now(l)))
		return;
	if (pkt != NULL) {
		net_ip(src, packet_src(pkt));
		net_ip(dst, packet_dst(pkt));
	}
	snprintf(line, sizeof(line),
	    "udp: %s: dropped a packet from %s to %s: %s",
	    l->cfg.place.tun_name, src, dst, counters_name(why));
	l->cfg.owner.debug(l->cfg.owner.arg, line);
}

void
lane_refuse(struct lane *l, enum counter why, unsigned n, uint32_t host)
{
	char ip[NET_TEXT], line[160];

	lane_count(l, why, n);
	if (!limit_take(&l->lines, now(l)))
		return;
	snprintf(line, sizeof(line), "udp: %s: dropped a datagram of %s: %s",
	    l->cfg.place.tun_name, net_ip(ip, host), counters_name(why));
	l->cfg.owner.debug(l->cfg.owner.arg, line);
}

/* A descriptor is of no use any more. */
static void
stop(struct lane *l)
{
	l->dead = true;
	event_del(l->tun_ready);
	event_del(l->udp_ready);
}

/* Of a socket most are what ICMP had to say about an earlier datagram. */
bool
lane_passes(int err)
{
	static const int passing[] = { EAGAIN, EINTR, ENOMEM, ENOBUFS,
		ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EMSGSIZE,
		ENOPROTOOPT, EOPNOTSUPP, EHOSTDOWN, ENONET, EPROTO, EACCES,
		EPERM };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (err == passing[i])
			return true;
	return false;
}

bool
lane_is_full(int err)
{
	return err == EAGAIN || err == ENOBUFS || err == ENOMEM;
}

void
lane_tun_failed(struct lane *l, int err)
{
	if (l->dead || lane_passes(err))
		return;
	stop(l);
	l->cfg.owner.gone(l->cfg.owner.arg);
}

void
lane_udp_failed(struct lane *l, int err)
{
	char why[160];

	if (lane_passes(err)) {
		lane_hears(l);
		return;
	}
	if (l->dead)
		return;
	stop(l);
	snprintf(why, sizeof(why), "the UDP socket of %s has died: %s",
	    l->cfg.place.tun_name, strerror(err));
	l->cfg.owner.died(l->cfg.owner.arg, -err, why);
}

void
lane_unsegment(struct lane *l, uint32_t host)
{
	peers_learn(&l->peers, host, now(l))->no_segment = true;
	lane_count(l, TX_REFUSED, 1);
}

/* ---- One packet -------------------------------------------------------- */

int
lane_to_tun(struct lane *l, const void *data, size_t len)
{
	struct vnet as_it_is = { .flags = 0 };
	struct iovec iov[2] = { { &as_it_is, sizeof(as_it_is) },
		{ (void *)(uintptr_t)data, len } };
	int skip = l->cfg.offload.vnet ? 0 : 1, err;

	if (writev(l->cfg.tun, iov + skip, 2 - skip) >= 0)
		return 0;
	err = errno;
	if (err == EBADFD)
		lane_tun_failed(l, err);
	return -err;
}

uint32_t
lane_host(const struct sockaddr *from)
{
	struct sockaddr_in sin;

	memcpy(&sin, from, sizeof(sin));
	return ntohl(sin.sin_addr.s_addr);
}

_Static_assert(sizeof(struct sockaddr) == sizeof(struct sockaddr_in), "IPv4");

/*
 * A socket that hears of errors fails once for each, whichever host it was
 * about: so the first error may be an old one, the second is this packet's.
 */
int
lane_to_host(struct lane *l, uint32_t host, const void *data, size_t len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(l->cfg.place.port),
		.sin_addr.s_addr = htonl(host) };

	for (int attempt = 0; attempt < 2; attempt++) {
		if (sendto(l->cfg.udp, data, len, 0, (struct sockaddr *)&sin,
			sizeof(sin)) >= 0)
			return 0;
		if (!l->cfg.pmtu || lane_is_full(errno))
			break;
		int err = errno;

		lane_hears(l);
		errno = err;
	}
	return -errno;
}

static void
send_one(struct lane *l, const struct packet *pkt, const struct hop *hop)
{
	int rc = lane_to_host(l, hop->host, pkt->data, pkt->len);

	if (rc < 0) {
		lane_drop(
		    l, lane_is_full(-rc) ? TX_DROPPED : TX_ERRORS, 1, pkt);
		return;
	}
	lane_count(l, TX_PACKETS, 1);
	lane_count(l, TX_BYTES, pkt->len);
	meter_sent(hop->meter, 1, pkt->len);
}

void
lane_sends(struct lane *l, const struct packet *pkt, const struct hop *hop)
{
	uint8_t out[PACKET_MAX];
	struct packet part = { .data = out, .header = pkt->header };
	size_t at = 0;

	if (pkt->len <= hop->mtu) {
		send_one(l, pkt, hop);
		return;
	}
	lane_count(l, TX_FRAGMENTED, 1);
	while ((part.len = fragment_next(pkt, hop->mtu, &at, out)) > 0)
		send_one(l, &part, hop);
}

/* ---- Its life --------------------------------------------------------- */

static void
on_tun(evutil_socket_t fd, short what, void *arg)
{
	struct lane *l = arg;

	(void)fd;
	(void)what;
	l->kind->out(l);
}

static void
on_udp(evutil_socket_t fd, short what, void *arg)
{
	struct lane *l = arg;

	(void)fd;
	(void)what;
	l->kind->in(l);
}

static int
watch(struct lane *l)
{
	struct event_base *base = l->cfg.base;

	l->tun_ready =
	    event_new(base, l->cfg.tun, EV_READ | EV_PERSIST, on_tun, l);
	l->udp_ready =
	    event_new(base, l->cfg.udp, EV_READ | EV_PERSIST, on_udp, l);
	if (l->tun_ready == NULL || l->udp_ready == NULL ||
	    event_add(l->tun_ready, NULL) < 0 ||
	    event_add(l->udp_ready, NULL) < 0)
		return -ENOMEM;
	return 0;
}

int
lane_open(struct lane **lane, const struct lane_kind *kind,
    const struct lane_config *cfg)
{
	struct lane *l = calloc(1, kind->size);
	int rc;

	if (l == NULL)
		return -ENOMEM;
	l->cfg = *cfg;
	l->kind = kind;
	l->icmp = (struct limit){ .rate = 100, .burst = 50 };
	l->lines = (struct limit){ .rate = 1, .burst = 10 };
	l->cfg.leases = NULL; /* ours from here on */
	rc = leases_copy(&l->leases, cfg->leases);
	if (rc == 0)
		rc = kind->init(l);
	if (rc == 0)
		rc = watch(l);
	if (rc < 0) {
		lane_close(l);
		return rc;
	}
	*lane = l;
	return 0;
}

void
lane_close(struct lane *l)
{
	if (l == NULL)
		return;
	if (l->udp_ready != NULL)
		event_free(l->udp_ready);
	if (l->tun_ready != NULL)
		event_free(l->tun_ready);
	l->kind->fini(l);
	leases_fini(&l->leases);
	free(l);
}
