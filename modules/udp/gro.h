/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gro.h - a buffer that recvmsg() fills with many datagrams at once, as it
 * does with UDP_GRO (udp(7), linux/udp.h): all of one size, which comes with
 * them, but for the last, which may be shorter. Pure: the caller receives.
 *
 * The payloads of one stream's packets are to go on as one super-packet, and
 * should not be moved for it. So the buffer is laid out by a guess, that the
 * headers of a packet and its payload are as long as those of the last. For
 * 52 and 1396:
 *
 *	iov[0]  buf             1448 bytes: packet 0
 *	iov[1]  heads + SLOT      52 bytes: the headers of packet 1
 *	iov[2]  buf + 1448      1396 bytes: its payload
 *	iov[3]  heads + 2 * SLOT  52 bytes: the headers of packet 2
 *	iov[4]  buf + 2844      1396 bytes: its payload ...
 *
 * If the datagrams are of another size they are put back into one piece. If
 * just the headers are longer, what is missing is copied behind them.
 *
 *	n = gro_aim(&gro, &guess, iov);
 *	got = recvmmsg(...);
 *	gro_land(&gro, got, size of UDP_GRO's message);
 *	for (i = 0; i < gro_count(&gro); i++)
 *		gro_get(&gro, i, &segment);
 *	gro_learn(&guess, &gro);
 */
#ifndef UDP_GRO_H
#define UDP_GRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "segment.h"
#include "wire.h"

/* All that a datagram, or many of them in one, can hold, and one more. */
#define GRO_ROOM 65536

/* Smaller packets do not pay for the longer iovec; measured. */
#define GRO_SMALLEST 1340

#define GRO_SLOTS ((GRO_ROOM + GRO_SMALLEST - 1) / GRO_SMALLEST)
#define GRO_SLOT 128 /* holds all headers */

#define GRO_IOV (1 + 2 * (GRO_SLOTS - 1))

/* What the next ones will look like; size 0: no idea. Starts as zeros. */
struct gro_guess {
	unsigned head; /* headers of a packet */
	unsigned size; /* payload of it */
};

struct gro {
	uint8_t *buf;	/* GRO_ROOM bytes, of the caller */
	uint8_t *heads; /* GRO_SLOTS * GRO_SLOT bytes, likewise */

	struct gro_guess guess; /* how it is laid out */
	size_t len;		/* what has come */
	size_t stride;		/* of a datagram */
	bool apart;		/* the guess was right */
};

/* Fills the iovecs and returns how many; GRO_ROOM bytes in all. */
size_t gro_aim(
    struct gro *, const struct gro_guess *, struct iovec iov[GRO_IOV]);

/* n bytes have come, in datagrams of `size`; 0: it is one datagram. */
void gro_land(struct gro *, size_t n, size_t size);

size_t gro_count(const struct gro *);

/*
 * The i-th, in any order. Returns what packet_parse does, and unless that is
 * 0 there is no segment.
 */
int gro_get(struct gro *, size_t i, struct segment *);

/* Look at what has come, to guess what will. */
void gro_learn(struct gro_guess *, struct gro *);

#endif
