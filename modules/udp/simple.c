/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simple lane: one packet, one system call to get it and one to pass it
 * on. Nothing here is fast; it is what fast.c must be the same as.
 *
 * The story of a packet
 *
 * Out: the kernel routes it into the TUN. It is read, found to be IPv4, led
 * (judge.c), and leaves as a datagram to the host that has the destination's
 * subnet.
 *
 * In: the sender must be known (judge.c), and the datagram must hold one whole
 * IPv4 packet; bytes behind it are cut off. It is admitted (judge.c) and
 * written into the TUN, where the kernel takes over.
 *
 * Nothing is ever queued here: what cannot go at once is dropped and counted,
 * as in any router (F38).
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lane.h"

struct simple {
	struct lane lane;

	/* Longer than any packet: nothing is cut off unnoticed (F33, F34). */
	uint8_t buf[PACKET_MAX + 1];
};

/* ---- Out: TUN to UDP -------------------------------------------------- */

static void
send_packet(struct lane *l, struct packet *pkt)
{
	struct hop hop;

	if (lane_leads(l, pkt, pkt->len, &hop))
		lane_sends(l, pkt, &hop);
}

/* False: there is nothing more to read. */
static bool
read_tun(struct simple *s)
{
	struct lane *l = &s->lane;
	ssize_t n = read(l->cfg.tun, s->buf, sizeof(s->buf));
	struct packet pkt;
	int rc;

	if (n < 0) {
		lane_tun_failed(l, errno);
		return false;
	}
	lane_control(l);
	rc = packet_parse(&pkt, s->buf, (size_t)n);
	if (rc == 0)
		send_packet(l, &pkt);
	else
		lane_rejects_out(l, rc);
	return !l->dead;
}

static void
simple_out(struct lane *l)
{
	int left = LANE_BUDGET;

	while (left-- > 0 && read_tun((struct simple *)l))
		;
}

/* ---- In: UDP to TUN --------------------------------------------------- */

static void
deliver_packet(struct lane *l, struct sender *sender, struct packet *pkt)
{
	int rc;

	if (!lane_admits(l, sender, pkt))
		return;
	lane_parts(l, sender);
	rc = lane_to_tun(l, pkt->data, pkt->len);
	if (rc < 0) {
		lane_drop(
		    l, lane_is_full(-rc) ? RX_DROPPED : RX_ERRORS, 1, pkt);
		return;
	}
	lane_count(l, RX_PACKETS, 1);
	lane_count(l, RX_BYTES, pkt->len);
}

static void
take_datagram(struct simple *s, uint32_t host, size_t len)
{
	struct lane *l = &s->lane;
	struct sender sender;
	struct packet pkt;
	int rc;

	if (!lane_meets(l, host, 1, &sender))
		return;
	if (len > sizeof(s->buf)) {
		lane_drop(l, RX_TRUNCATED, 1, NULL);
		return;
	}
	rc = packet_parse(&pkt, s->buf, len);
	if (rc == 0)
		deliver_packet(l, &sender, &pkt);
	else
		lane_rejects_in(l, rc);
}

/* MSG_TRUNC: the length that it had on the wire, whatever the buffer's. */
static bool
read_udp(struct simple *s)
{
	struct lane *l = &s->lane;
	struct sockaddr from = { .sa_family = AF_INET };
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(
	    l->cfg.udp, s->buf, sizeof(s->buf), MSG_TRUNC, &from, &from_len);

	if (n < 0) {
		lane_udp_failed(l, errno);
		return false;
	}
	lane_control(l);
	lane_tick(l);
	take_datagram(s, lane_host(&from), (size_t)n);
	return !l->dead;
}

static void
simple_in(struct lane *l)
{
	int left = LANE_BUDGET;

	while (left-- > 0 && read_udp((struct simple *)l))
		;
}

/* ---- Its life --------------------------------------------------------- */

static int
simple_init(struct lane *l)
{
	(void)l;
	return 0;
}

static void
simple_fini(struct lane *l)
{
	(void)l;
}

const struct lane_kind simple_kind = {
	.size = sizeof(struct simple),
	.init = simple_init,
	.fini = simple_fini,
	.out = simple_out,
	.in = simple_in,
};
