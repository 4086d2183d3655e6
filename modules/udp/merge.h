/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h - received packets become as few writes to the TUN as may be: the
 * packets of a stream that follow one another are written as the super-packet
 * that they once were, with a virtio header that says how to cut it again.
 * Pure: the caller receives and writes.
 *
 * Nothing is copied. A write is the headers of its first packet and the
 * payloads of all, where they lie; the headers of the others are dropped, and
 * must therefore hold nothing that the kernel could not make anew from the
 * first one's. The rules are those of GRO (net/ipv4/af_inet.c,
 * net/ipv4/tcp_offload.c and net/ipv4/udp_offload.c of the kernel), and
 * stricter where a virtio header can say less than GRO can. Packets are
 * merged if
 *
 *  - addresses, ports, TOS with ECN, TTL and DF are the same, there are no IP
 *    options, and neither is a fragment;
 *  - the identifications count up by one. With DF they may also be all the
 *    same: they are counted up when the super-packet is cut, but without
 *    fragments they mean nothing (RFC 6864 4.1);
 *  - all have the payload's length of the first, which is not 0. A shorter
 *    one ends the run;
 *  - TCP: the sequence numbers follow; acknowledgement, window and options
 *    are byte for byte the same. Flags, too: ACK, but neither SYN, RST, URG
 *    nor CWR; PSH and FIN end the run, as a cut gives them to the last;
 *  - UDP: it has a checksum;
 *  - all checksums are right. The kernel will not look at them again, and
 *    making them anew would launder what has been corrupted on the way.
 *
 * All others are written as they are, with a virtio header of zeros, and it
 * is the kernel that checks them.
 *
 * Order: writes are in the order of their first packets, and what is not
 * merged into the open write of its flow closes it. So the packets of a flow
 * never change places; those of different flows may. A fragment closes all
 * flows that it might belong to.
 *
 *	merge_init(&m, sum, MERGE_TCP | MERGE_UDP);
 *	for each segment: packet_age(&segment.pkt), merge_add(&m, &segment)
 *	merge_finish(&m);
 *	for (i = 0; i < m.n_writes; i++)
 *		writev(tun, iov, merge_iov(&m, i, iov));
 *	merge_reset(&m);
 *
 * The buffers of the segments are borrowed until merge_reset; merge_finish
 * writes to the headers.
 */
#ifndef UDP_MERGE_H
#define UDP_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "segment.h"
#include "sum.h"
#include "vnet.h"

/* Packets in a write, writes in a batch, pieces of memory in all writes,
 * flows open at once. */
#define MERGE_PACKETS 64
#define MERGE_WRITES 512
#define MERGE_PIECES 1024
#define MERGE_FLOWS 16

/* The virtio header, and two pieces of each packet. */
#define MERGE_IOV (1 + 2 * MERGE_PACKETS)

#define MERGE_KEY 16

/* What the TUN can be given: TUN_F_CSUM with TUN_F_TSO4, or TUN_F_USO4. */
enum {
	MERGE_TCP = 1,
	MERGE_UDP = 2,
};

/* Memory that lies together, and the next. */
struct merge_piece {
	uint8_t *data;
	uint32_t len;
	uint32_t next; /* an index; of the last piece, nothing */
};

/* One write. The caller may look at count and vnet. */
struct merge_write {
	struct vnet vnet; /* since merge_finish */
	uint16_t count;	  /* of packets */

	const struct merge_kind *kind; /* NULL: written as it is */
	uint8_t *ip;		       /* the headers of the first packet */
	uint32_t headers;	       /* how long they are */
	uint32_t size;		       /* payload of the first packet */
	uint32_t payload;	       /* of all */
	uint32_t first, last;	       /* pieces */
	uint8_t flags;		       /* of TCP: of the last packet */
	uint8_t id_step;	       /* from the second packet on: 0 or 1 */
	bool verified;		       /* the first one's checksums */
};

/* A flow whose last write may yet grow. */
struct merge_flow {
	uint8_t key[MERGE_KEY]; /* addresses, ports, protocol, zeros */
	uint32_t write;
};

struct merge {
	const struct sum_way *sum;
	unsigned can;
	uint32_t n_writes, n_pieces, n_flows;
	uint32_t oldest; /* the flow that goes when there are too many */
	struct merge_flow flows[MERGE_FLOWS];
	struct merge_write writes[MERGE_WRITES];
	struct merge_piece pieces[MERGE_PIECES];
};

/* `can`: what of MERGE_TCP and MERGE_UDP; 0: nothing is ever merged. */
void merge_init(struct merge *, const struct sum_way *, unsigned can);
void merge_reset(struct merge *);

/*
 * Takes a packet. False: there is no room, it was not taken; finish, write,
 * reset, and add it again.
 */
bool merge_add(struct merge *, const struct segment *);

/* No more will come: makes the headers of all super-packets. */
void merge_finish(struct merge *);

/* Fills the iovecs of write i and returns how many. */
size_t merge_iov(struct merge *, size_t i, struct iovec iov[MERGE_IOV]);

#endif
