/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter.h - what went to one peer's subnet and came from there, by all lanes.
 *
 * Each lane adds to a cell of its own, without a lock, and any thread may read
 * it meanwhile (counters.h). The lanes' routes lead to the meters, so that a
 * packet needs no second lookup.
 *
 * A meter lives until the last lane has ended, also when its route is gone: a
 * lane may still hold packets for it. There is one for each subnet that was
 * ever routed to, which the size of the overlay bounds, and a peer that comes
 * back counts on.
 */
#ifndef UDP_METER_H
#define UDP_METER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/module.h>

#include "routes.h"

enum meter_which {
	METER_TX_PACKETS,
	METER_TX_BYTES,
	METER_RX_PACKETS,
	METER_RX_BYTES,
	N_METERED,
};

/* Of one lane; a cache line, so that no two lanes write to the same. */
struct meter_cell {
	_Alignas(64) _Atomic uint64_t n[N_METERED];
	_Atomic uint64_t heard; /* when, in milliseconds; 0: never */
};

struct meter {
	struct meter *next;
	uint64_t base[N_METERED]; /* of the host that had it before */
	uint64_t since;		  /* what was heard then was that host too */
	struct meter_cell cells[];
};

/* NULL: what is not metered, as in a test. */
static inline struct meter_cell *
meter_cell(struct meter *m, unsigned lane)
{
	return m == NULL ? NULL : &m->cells[lane];
}

static inline void
meter_add(struct meter_cell *c, enum meter_which which, uint64_t n)
{
	uint64_t was = atomic_load_explicit(&c->n[which], memory_order_relaxed);

	atomic_store_explicit(&c->n[which], was + n, memory_order_relaxed);
}

/* By the lane: packets that were sent, together. */
static inline void
meter_sent(struct meter_cell *c, uint64_t packets, uint64_t bytes)
{
	if (c == NULL)
		return;
	meter_add(c, METER_TX_PACKETS, packets);
	meter_add(c, METER_TX_BYTES, bytes);
}

/* By the lane: packets that have come, together. */
static inline void
meter_heard(
    struct meter_cell *c, uint64_t packets, uint64_t bytes, uint64_t now)
{
	if (c == NULL)
		return;
	meter_add(c, METER_RX_PACKETS, packets);
	meter_add(c, METER_RX_BYTES, bytes);
	atomic_store_explicit(&c->heard, now, memory_order_relaxed);
}

/* ---- All of them: on the embedder's thread ------------------------------ */

struct meters {
	unsigned lanes;
	struct routes known; /* subnets, with the host that had each last */
	struct meter *first;
};

void meters_init(struct meters *, unsigned lanes);
void meters_fini(struct meters *); /* no lane is there any more */

/*
 * The meter of a subnet, which that host has from now on: if it was another's
 * it begins at 0. NULL: no memory.
 */
struct meter *meters_begin(
    struct meters *, struct rudder_net subnet, uint32_t host, uint64_t now);

/* As of a backend's peer_stats. */
size_t meters_write(const struct meters *, struct rudder_net subnet,
    uint64_t now, struct rudder_stat *, size_t n);

#endif
