/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way in of the fast lane
 *
 * With UDP_GRO the kernel hands over trains: up to 64 datagrams of one size
 * from one host in one buffer, laid out as the TUN will want them (gro.h).
 * As many trains as there are, within limits, come with one recvmmsg().
 * Its sender must be known, and each packet in it is admitted (judge.c) and
 * goes to the merge, which joins what belongs together (merge.h). When all
 * have been seen the writes are made, one for each super-packet.
 *
 * Nothing waits here for what may come: the batch is what has come already.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fast.h"
#include "gro.h"
#include "merge.h"

/* linux/udp.h of 5.0 */
#define UDP_LEVEL 17
#define UDP_OPTION_GRO 104

/* Trains in a batch. */
#define TRAINS 32

/* A train, or a datagram. */
struct train {
	struct gro gro;
	struct sockaddr from;
	struct iovec iov[GRO_IOV];
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
};

struct in {
	struct lane *lane;
	struct gro_guess guess;
	struct merge merge;
	struct train trains[TRAINS];
	struct mmsghdr msgs[TRAINS];
	uint8_t *bufs;	/* GRO_ROOM for each */
	uint8_t *heads; /* GRO_SLOTS * GRO_SLOT for each */
};

/* ---- To the TUN -------------------------------------------------------- */

/* The inner bytes of a write: its headers are those of each packet. */
static size_t
bytes_of(const struct merge_write *w, const struct iovec *iov, size_t n)
{
	size_t sum = (size_t)w->headers * (w->count - 1u);

	for (size_t i = 1; i < n; i++)
		sum += iov[i].iov_len;
	return sum;
}

static void
write_failed(struct in *in, const struct merge_write *w, int err)
{
	enum counter why = lane_is_full(err) ? RX_DROPPED : RX_ERRORS;
	struct packet pkt = { .data = w->ip };

	lane_drop(in->lane, why, w->count, &pkt);
	if (err == EBADFD)
		lane_tun_failed(in->lane, err);
}

static void
write_one(struct in *in, size_t i)
{
	const struct merge_write *w = &in->merge.writes[i];
	struct iovec iov[MERGE_IOV];
	size_t n = merge_iov(&in->merge, i, iov);

	if (writev(in->lane->cfg.tun, iov, (int)n) < 0) {
		write_failed(in, w, errno);
		return;
	}
	lane_count(in->lane, RX_PACKETS, w->count);
	lane_count(in->lane, RX_BYTES, bytes_of(w, iov, n));
	if (w->count > 1)
		lane_count(in->lane, RX_SUPER, 1);
}

static void
deliver(struct in *in)
{
	merge_finish(&in->merge);
	for (size_t i = 0; i < in->merge.n_writes && !in->lane->dead; i++)
		write_one(in, i);
	merge_reset(&in->merge);
}

/* ---- From the socket --------------------------------------------------- */

static void
take_packet(struct in *in, struct sender *sender, struct segment *segment)
{
	if (!lane_admits(in->lane, sender, &segment->pkt))
		return;
	if (merge_add(&in->merge, segment))
		return;
	deliver(in);
	merge_add(&in->merge, segment);
}

/* The size of the train's datagrams; 0: it is only one. */
static size_t
size_of(struct msghdr *msg)
{
	struct cmsghdr *c;
	int size = 0;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == UDP_LEVEL &&
		    c->cmsg_type == UDP_OPTION_GRO)
			memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size > 0 ? (size_t)size : 0;
}

static void
take_train(struct in *in, size_t i)
{
	struct msghdr *msg = &in->msgs[i].msg_hdr;
	struct gro *gro = &in->trains[i].gro;
	uint32_t host = lane_host(&in->trains[i].from);
	struct sender sender;
	struct segment segment;
	size_t n;
	int rc;

	gro_land(gro, in->msgs[i].msg_len, size_of(msg));
	n = gro_count(gro);
	if (!lane_meets(in->lane, host, (unsigned)n, &sender))
		return;
	if (msg->msg_flags & MSG_TRUNC) {
		lane_drop(in->lane, RX_TRUNCATED, 1, NULL);
		return;
	}
	if (n > 1)
		lane_count(in->lane, RX_SEGMENTS, n);
	for (size_t j = 0; j < n; j++) {
		rc = gro_get(gro, j, &segment);
		if (rc == 0)
			take_packet(in, &sender, &segment);
		else
			lane_rejects_in(in->lane, rc);
	}
	lane_parts(in->lane, &sender);
}

/* What the kernel has written over, and where the next should go. */
static void
prepare(struct in *in, size_t i)
{
	struct msghdr *msg = &in->msgs[i].msg_hdr;
	struct train *t = &in->trains[i];

	if (msg->msg_iovlen == 0 || t->gro.guess.head != in->guess.head ||
	    t->gro.guess.size != in->guess.size)
		msg->msg_iovlen = gro_aim(&t->gro, &in->guess, t->iov);
	msg->msg_controllen = sizeof(t->control);
	msg->msg_namelen = sizeof(t->from);
}

/* How many trains have come; fewer than TRAINS: there are no more. */
static int
take_batch(struct in *in)
{
	int n;

	for (size_t i = 0; i < TRAINS; i++)
		prepare(in, i);
	n = recvmmsg(in->lane->cfg.udp, in->msgs, TRAINS, 0, NULL);
	if (n < 0) {
		lane_udp_failed(in->lane, errno);
		return 0;
	}
	lane_control(in->lane);
	lane_tick(in->lane);
	for (int i = 0; i < n; i++)
		take_train(in, (size_t)i);
	deliver(in);
	for (int i = 0; i < n; i++)
		gro_learn(&in->guess, &in->trains[i].gro);
	return n;
}

_Static_assert(LANE_BUDGET % TRAINS == 0, "a turn is whole batches");

void
in_turn(struct in *in)
{
	int left = LANE_BUDGET, n;

	do {
		n = take_batch(in);
		left -= n;
	} while (n == TRAINS && left > 0 && !in->lane->dead);
}

/* ---- Its life --------------------------------------------------------- */

static void
init_train(struct in *in, size_t i)
{
	struct train *t = &in->trains[i];

	t->gro.buf = in->bufs + i * GRO_ROOM;
	t->gro.heads = in->heads + i * GRO_SLOTS * GRO_SLOT;
	in->msgs[i].msg_hdr = (struct msghdr){ .msg_name = &t->from,
		.msg_iov = t->iov,
		.msg_control = t->control };
}

int
in_open(struct in **out, struct lane *l, const struct sum_way *sum)
{
	unsigned can = 0;
	struct in *in = calloc(1, sizeof(*in));

	*out = in;
	if (in == NULL)
		return -ENOMEM;
	in->lane = l;
	if (l->cfg.offload.coalesce)
		can = MERGE_TCP | (l->cfg.offload.uso ? MERGE_UDP : 0);
	merge_init(&in->merge, sum, can);
	in->bufs = malloc((size_t)TRAINS * GRO_ROOM);
	in->heads = malloc((size_t)TRAINS * GRO_SLOTS * GRO_SLOT);
	if (in->bufs == NULL || in->heads == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < TRAINS; i++)
		init_train(in, i);
	return 0;
}

void
in_close(struct in *in)
{
	if (in == NULL)
		return;
	free(in->heads);
	free(in->bufs);
	free(in);
}
