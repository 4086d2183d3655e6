/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cut.h - a super-packet read from the TUN becomes the packets that it stands
 * for. Pure: the caller reads and sends.
 *
 * With IFF_VNET_HDR and TUNSETOFFLOAD the kernel hands over TCP as it left
 * the socket: one header, up to 64 KiB of payload, checksums not made, and a
 * struct virtio_net_hdr that says how it wants to be cut. (tun.c and
 * linux/virtio_net.h of the kernel; Documentation/networking/
 * segmentation-offloads.rst for TSO and USO.)
 *
 * On the wire each packet has a header of its own, so the payload has to be
 * moved apart to make room. Rather than move it, we have readv() leave the
 * room, by a guess: that the headers and the size are those of the last
 * super-packet. For a guess of 52 bytes of headers and 1396 of payload:
 *
 *	iov[0]  the virtio header
 *	iov[1]  at + 0           1448 bytes: headers, and payload of packet 0
 *	iov[2]  at + 1448 + 52   1396 bytes: payload of packet 1
 *	iov[3]  at + 2896 + 52   1396 bytes: payload of packet 2 ...
 *
 * A packet that is not longer than iov[1] lies in one piece, whatever it is.
 * Only a super-packet of another shape must be moved.
 *
 * The story of one:
 *
 *	n = cut_aim(&cut, at, room, iov);
 *	got = readv(tun, iov, n);
 *	cut_take(&cut, got);		what is it? cut.pkt is its header
 *	... look up packet_dst(&cut.pkt), packet_age(&cut.pkt) ...
 *	cut_spread(&cut, &run);		headers into the gaps
 *
 * What is done to the header of cut.pkt between take and spread is done to
 * every packet; so is what cut_take leaves as it is: TOS, options.
 */
#ifndef UDP_CUT_H
#define UDP_CUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "packet.h"
#include "run.h"
#include "sum.h"
#include "vnet.h"
#include "wire.h"

/* More pieces than these are not worth a guess. */
#define CUT_PIECES 64

#define CUT_IOV (1 + CUT_PIECES)

/* What cut_aim needs at `at`, whatever it guesses. */
#define CUT_SPAN (PACKET_MAX + (CUT_PIECES - 1) * WIRE_HEADERS_MAX)

/* Zeroed but for sum. May be kept from packet to packet, and should be: it
 * holds the guess. */
struct cut {
	const struct sum_way *sum;
	struct vnet vnet;
	uint8_t *at;
	size_t room;

	/* The guess; size 0: none, one piece for all. */
	struct {
		unsigned head; /* headers of IP and TCP or UDP */
		unsigned size; /* payload of a packet */
	} guess;

	/* Since cut_take: */
	struct packet pkt;	     /* the super-packet's IP header */
	const struct cut_kind *kind; /* NULL: as it is, count is 1 */
	unsigned head;
	unsigned size;
	unsigned count;
	size_t step; /* from the payload of one packet to the next one's */
};

/*
 * Where to read the next one to: fills the iovecs and returns how many. There
 * must be CUT_SPAN bytes at `at`; more `room` than that lets cut_spread cope
 * with many small packets.
 */
size_t cut_aim(
    struct cut *, uint8_t *at, size_t room, struct iovec iov[CUT_IOV]);

/*
 * What has been read, n bytes with the virtio header. Nothing in that header
 * is believed unless the packet agrees; hdr_len is not looked at.
 *
 * 0: cut->pkt is valid. -EPROTONOSUPPORT: not IPv4. -EBADMSG: the packet is
 * broken, or is not what the virtio header says. -EOPNOTSUPP: it is to be cut
 * in a way that was never asked for.
 */
int cut_take(struct cut *, size_t n);

/* The length of the longest packet that it will be cut into. */
static inline size_t
cut_longest(const struct cut *c)
{
	return c->count == 1 ? c->pkt.len : (size_t)c->head + c->size;
}

/*
 * Makes all of the packets, with their headers and checksums, in place: `run`
 * begins at `at`. -ENOSPC: they would need more than `room`, and nothing was
 * changed; either start again with more, or take them one by one.
 */
int cut_spread(struct cut *, struct run *run);

/*
 * For when cut_spread has no room: writes packet i of cut->count to `out`,
 * which has room for cut_longest() bytes outside of the buffer, and returns
 * its length.
 */
size_t cut_copy(const struct cut *, unsigned i, uint8_t *out);

#endif
