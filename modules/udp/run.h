/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - packets of one size that lie back to back: what one sendmsg() with
 * UDP_SEGMENT makes datagrams of (linux/udp.h, udp(7)). All have the same
 * size, but for the last, which may be shorter. Pure.
 *
 * A super-packet of 64 KiB is 46 segments, one UDP_SEGMENT takes 44 of them,
 * and 44 + 2 would make two sends, and two trains on the wire, of each. So
 * super-packets to the same host are read behind one another, joined, and
 * then sliced:
 *
 *	while (run.count > 0) {
 *		slice = run_take(&run, run_most(run.size));
 *		send slice.data, run_bytes(&slice) bytes, gso_size slice.size
 *	}
 *
 * Where UDP_SEGMENT is not to be had, run_take(&run, 1) is each datagram.
 */
#ifndef UDP_RUN_H
#define UDP_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UDP_MAX_SEGMENTS of kernels before 6.9, which later ones have doubled. */
#define RUN_SEGMENTS 64

/* The longest payload of UDP in IPv4. */
#define RUN_BYTES 65507

struct run {
	uint8_t *data; /* borrowed */
	uint32_t size; /* of each packet */
	uint32_t count;
	uint32_t last; /* of the last packet; 1..size */
};

static inline size_t
run_bytes(const struct run *r)
{
	return r->count == 0 ? 0 : (size_t)r->size * (r->count - 1) + r->last;
}

/* How many packets of this size one send takes; 1 at least. */
unsigned run_most(uint32_t size);

/*
 * Makes `next` a part of `run`, if it lies right behind it and has the same
 * size, or is a single shorter packet that can be its last. Whether both go
 * to the same host only the caller knows. False: nothing was changed.
 */
bool run_join(struct run *run, const struct run *next);

/* Takes the first packets off the run, `most` of them or all. */
struct run run_take(struct run *, unsigned most);

#endif
