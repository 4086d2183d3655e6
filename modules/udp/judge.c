/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a packet
 *
 * Out: its destination is looked up, it ages by one hop, and it must fit the
 * way. Without a route, at the end of its TTL, or too long and not to be
 * fragmented, its sender gets an ICMP error from the address of the TUN,
 * written into the TUN.
 *
 * In: whoever can reach the port can send, so nothing of a datagram is taken
 * at its word (F55). Its sender must be a host that has a subnet; the packet's
 * source must be in a subnet of that very host, and not here; and its
 * destination must be in ours, for the kernel would carry it on to anywhere.
 * It ages by another hop. At the end of its TTL the error goes to the host
 * that has the sender's subnet, by the routes, not by what the datagram
 * claims.
 *
 * The sender is looked up once for each datagram or train, and the source once
 * for each run of packets that have the same: what a train costs does not grow
 * with the overlay (F40). Of the sender's port nothing is asked: a NAT may have
 * changed it, and it proves no more than the address does.
 */
#include <errno.h>

#include "fragment.h"
#include "lane.h"
#include "net.h"

/* The error about a packet, from the TUN; 0: none, or none now (F58). */
static size_t
compose(struct lane *l, uint8_t out[PACKET_ICMP_MAX],
    const struct packet *about, enum packet_error error, uint16_t mtu)
{
	uint64_t now = l->cfg.owner.now(l->cfg.owner.arg);
	size_t len =
	    packet_icmp(out, about, error, l->cfg.place.subnet.addr, mtu);

	if (len > 0 && !limit_take(&l->icmp, now)) {
		lane_count(l, ICMP_LIMITED, 1);
		return 0;
	}
	return len;
}

void
lane_rejects_out(struct lane *l, int rc)
{
	lane_drop(
	    l, rc == -EPROTONOSUPPORT ? TX_NOT_IPV4 : TX_MALFORMED, 1, NULL);
}

void
lane_rejects_in(struct lane *l, int rc)
{
	lane_drop(
	    l, rc == -EPROTONOSUPPORT ? RX_NOT_IPV4 : RX_MALFORMED, 1, NULL);
}

/* ---- Out: TUN to UDP -------------------------------------------------- */

static void
answer_here(struct lane *l, const struct packet *about, enum packet_error error,
    uint16_t mtu)
{
	uint8_t out[PACKET_ICMP_MAX];
	size_t len = compose(l, out, about, error, mtu);

	if (len > 0 && lane_to_tun(l, out, len) == 0)
		lane_count(l, ICMP_SENT, 1);
}

/* To everybody in the overlay: nobody forwards that, nobody answers it. */
static bool
is_broadcast(const struct lane *l, uint32_t addr)
{
	struct rudder_net net = l->cfg.place.network;

	return addr == (net.addr | ~net_mask(net.len));
}

static void
no_route(struct lane *l, const struct packet *pkt)
{
	lane_drop(l, TX_NO_ROUTE, 1, pkt);
	if (!is_broadcast(l, packet_dst(pkt)))
		answer_here(l, pkt, PACKET_NET_UNREACHABLE, 0);
}

static void
find_hop(const struct lane *l, const struct route *route, struct hop *hop)
{
	uint32_t host = route->endpoint;
	const struct peer *peer = NULL;

	if (l->peers.n > 0)
		peer = peers_find(
		    &l->peers, host, l->cfg.owner.now(l->cfg.owner.arg));
	*hop = (struct hop){ .host = host,
		.mtu = l->cfg.place.mtu,
		.segment = l->cfg.offload.segment,
		.meter = meter_cell(route->meter, l->cfg.index) };
	if (peer == NULL)
		return;
	if (peer->mtu != 0 && peer->mtu < hop->mtu)
		hop->mtu = peer->mtu;
	if (peer->no_segment)
		hop->segment = false;
}

/* Does it fit, or may it at least be fragmented (F54)? */
static bool
fits(struct lane *l, const struct packet *pkt, size_t longest,
    const struct hop *hop)
{
	if (longest <= hop->mtu || !fragment_is_forbidden(pkt))
		return true;
	lane_drop(l, TX_TOO_BIG, 1, pkt);
	answer_here(l, pkt, PACKET_FRAG_NEEDED, (uint16_t)hop->mtu);
	return false;
}

bool
lane_leads(struct lane *l, struct packet *pkt, size_t longest, struct hop *hop)
{
	const struct route *route;

	if (packet_to_many(pkt)) {
		lane_drop(l, TX_MULTICAST, 1, pkt);
		return false;
	}
	route = routes_find(&l->leases.routes, packet_dst(pkt));
	if (route == NULL) {
		no_route(l, pkt);
		return false;
	}
	find_hop(l, route, hop);
	if (!fits(l, pkt, longest, hop))
		return false;
	if (!packet_age(pkt)) {
		lane_drop(l, TX_TTL_EXCEEDED, 1, pkt);
		answer_here(l, pkt, PACKET_TIME_EXCEEDED, 0);
		return false;
	}
	return true;
}

/* ---- In: UDP to TUN --------------------------------------------------- */

static void
answer_there(
    struct lane *l, const struct packet *about, enum packet_error error)
{
	uint32_t back = leases_host_of(&l->leases, packet_src(about));
	uint8_t out[PACKET_ICMP_MAX];
	size_t len;

	if (back == 0)
		return;
	len = compose(l, out, about, error, 0);
	if (len > 0 && lane_to_host(l, back, out, len) == 0)
		lane_count(l, ICMP_SENT, 1);
}

/*
 * Does it say that it comes from this host? The kernel would refuse that, if
 * tun.c had not told it to accept our own ICMP errors.
 */
static bool
is_forged(const struct lane *l, uint32_t src)
{
	return net_has(l->cfg.place.subnet, src) ||
	       src == l->cfg.place.iface_ip;
}

/* Without peers nobody is let in, whatever the options say: the host may be
 * in quarantine, because its subnet is somebody else's. */
bool
lane_meets(struct lane *l, uint32_t host, unsigned n, struct sender *sender)
{
	*sender = (struct sender){ .host = host };
	if (l->cfg.rx_check ? leases_has_host(&l->leases, host)
			    : l->leases.routes.n > 0)
		return true;
	lane_refuse(l, RX_UNKNOWN_SENDER, n, host);
	return false;
}

void
lane_parts(struct lane *l, struct sender *sender)
{
	if (sender->packets > 0)
		meter_heard(
		    sender->meter, sender->packets, sender->bytes, l->time);
	sender->packets = sender->bytes = 0;
}

/* A host may have more than one subnet, and each has a meter. */
static void
recognize(
    struct lane *l, struct sender *sender, uint32_t src, const struct route *r)
{
	struct meter_cell *meter =
	    r == NULL ? NULL : meter_cell(r->meter, l->cfg.index);

	if (meter != sender->meter)
		lane_parts(l, sender);
	sender->meter = meter;
	sender->src = src;
}

static bool
speaks_for(struct lane *l, struct sender *sender, uint32_t src)
{
	const struct route *r;

	if (src == sender->src && src != 0)
		return true;
	r = routes_find(&l->leases.routes, src);
	if (r == NULL || r->endpoint != sender->host)
		return false;
	recognize(l, sender, src, r);
	return true;
}

/* Who is not asked has at least the first of a train looked up, to be
 * counted. */
static void
takes_for(struct lane *l, struct sender *sender, uint32_t src)
{
	if (sender->src == 0)
		recognize(l, sender, src, routes_find(&l->leases.routes, src));
}

/* What is wrong with where it says it is from, or where it wants to go; or
 * N_COUNTERS. */
static enum counter
find_fault(struct lane *l, struct sender *sender, const struct packet *p)
{
	if (is_forged(l, packet_src(p)))
		return RX_FORGED;
	if (!l->cfg.rx_check) {
		takes_for(l, sender, packet_src(p));
		return N_COUNTERS;
	}
	if (!speaks_for(l, sender, packet_src(p)))
		return RX_WRONG_SOURCE;
	if (!net_has(l->cfg.place.subnet, packet_dst(p)))
		return RX_WRONG_DESTINATION;
	return N_COUNTERS;
}

bool
lane_admits(struct lane *l, struct sender *sender, struct packet *pkt)
{
	enum counter fault = find_fault(l, sender, pkt);

	if (fault != N_COUNTERS) {
		lane_drop(l, fault, 1, pkt);
		return false;
	}
	if (!packet_age(pkt)) {
		lane_drop(l, RX_TTL_EXCEEDED, 1, pkt);
		answer_there(l, pkt, PACKET_TIME_EXCEEDED);
		return false;
	}
	sender->packets++;
	sender->bytes += pkt->len;
	return true;
}
