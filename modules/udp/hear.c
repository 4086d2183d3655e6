/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a socket with IP_RECVERR hears of errors (ip(7)): that a way is
 * narrower than we thought (F54). All else that ICMP has to say of our
 * datagrams is thrown away: hosts come and go, and the leases tell of that.
 *
 * Each datagram carries DF (RFC 1191). A router that has no room for it says
 * so, and how much it has; the kernel remembers that for ten minutes, and
 * refuses what is longer with EMSGSIZE, for which there is an entry in the
 * queue too. Both kinds teach us the same. From then on it is the inner
 * packet that is held against the limit, in judge.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>

#include "lane.h"

/* The headers of the underlay: IPv4 and UDP. */
#define OVERHEAD 28

/*
 * What anybody can claim to be a router must not make the overlay crawl: the
 * kernel believes no less (net.ipv4.route.min_pmtu).
 */
#define LEAST_BELIEVED 552

/* The kernel's own word is not doubted, but no way is that narrow. */
#define LEAST (PACKET_MIN_MTU + OVERHEAD)

static void
learn(struct lane *l, uint32_t host, const struct sock_extended_err *e)
{
	uint64_t now = l->cfg.owner.now(l->cfg.owner.arg);
	uint32_t least =
	    e->ee_origin == SO_EE_ORIGIN_LOCAL ? LEAST : LEAST_BELIEVED;
	uint32_t mtu = (e->ee_info < least ? least : e->ee_info) - OVERHEAD;
	struct peer *peer;

	if (mtu >= l->cfg.place.mtu)
		return;
	peer = peers_learn(&l->peers, host, now);
	if (peer->mtu == mtu)
		return;
	peer->mtu = (uint16_t)mtu;
	lane_count(l, PMTU_LOWERED, 1);
}

static void
take(struct lane *l, struct msghdr *msg, const struct sockaddr_in *to)
{
	struct sock_extended_err e;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR ||
		    c->cmsg_len < CMSG_LEN(sizeof(e)))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if (e.ee_errno == EMSGSIZE && msg->msg_namelen >= sizeof(*to))
			learn(l, ntohl(to->sin_addr.s_addr), &e);
	}
}

/* To its end, or the socket would wake us again at once. */
void
lane_hears(struct lane *l)
{
	char control[512] __attribute__((aligned(8)));
	struct sockaddr_in to;
	uint8_t none;

	if (!l->cfg.pmtu)
		return;
	for (;;) {
		struct iovec iov = { &none, sizeof(none) };
		struct msghdr msg = { .msg_name = &to,
			.msg_namelen = sizeof(to),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };

		if (recvmsg(l->cfg.udp, &msg, MSG_ERRQUEUE) < 0)
			return;
		take(l, &msg, &to);
	}
}
