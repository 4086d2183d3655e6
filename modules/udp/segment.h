/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - a received packet that lies in two places: its first `head`
 * bytes at pkt.data, the others at body. The headers of IP and of TCP or UDP
 * are all in the first place (of other protocols, 8 bytes behind IP's), as
 * far as the packet has them; what comes behind pkt.len is not its.
 * A packet in one piece has head == pkt.len.
 */
#ifndef UDP_SEGMENT_H
#define UDP_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"

struct segment {
	struct packet pkt; /* borrowed, and so is body */
	size_t head;	   /* at most pkt.len */
	uint8_t *body;	   /* pkt.len - head bytes */
};

static inline struct segment
segment_whole(const struct packet *pkt)
{
	return (struct segment){ .pkt = *pkt, .head = pkt->len };
}

#endif
