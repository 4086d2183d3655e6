/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.h - what a data path counts, and under which names. Pure.
 * TX is from the TUN to the wire, RX the other way; bytes are inner ones.
 *
 * One thread adds to a set of counters; any may read it meanwhile, and sees
 * each of them as it was a moment ago.
 */
#ifndef UDP_COUNTERS_H
#define UDP_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/module.h>

enum counter {
	TX_PACKETS,
	TX_BYTES,
	TX_SUPER,    /* super-packets that the kernel handed over */
	TX_SEGMENTS, /* packets that were sent with others in one call */
	TX_NOT_IPV4,
	TX_MALFORMED,
	TX_MULTICAST,
	TX_NO_ROUTE,
	TX_TTL_EXCEEDED,
	TX_TOO_BIG,    /* for the path, and not to be fragmented */
	TX_FRAGMENTED, /* for the path, and so cut in pieces */
	TX_REFUSED,    /* UDP_SEGMENT towards a host, and so switched off */
	TX_DROPPED,    /* the socket's buffer was full */
	TX_ERRORS,     /* the kernel would not send it */
	RX_PACKETS,
	RX_BYTES,
	RX_SUPER,    /* super-packets that the kernel was given */
	RX_SEGMENTS, /* packets that came with others in one buffer */
	RX_TRUNCATED,
	RX_NOT_IPV4,
	RX_MALFORMED,
	RX_UNKNOWN_SENDER,    /* no host of the overlay has sent it */
	RX_FORGED,	      /* from an address that is ours */
	RX_WRONG_SOURCE,      /* not from a subnet of the sender's */
	RX_WRONG_DESTINATION, /* not to our subnet */
	RX_TTL_EXCEEDED,
	RX_DROPPED, /* the TUN's queue was full */
	RX_ERRORS,  /* the TUN would not take it */
	ICMP_SENT,
	ICMP_LIMITED, /* there would have been too many */
	PMTU_LOWERED, /* a path turned out to be narrower */
	TUN_REPAIRED, /* somebody had changed it */
	N_COUNTERS,
};

/* Zeros to begin with. */
struct counters {
	_Atomic uint64_t n[N_COUNTERS];
};

/* No locked instruction: there is nobody else who adds. */
static inline void
counters_add(struct counters *c, enum counter which, uint64_t n)
{
	uint64_t was = atomic_load_explicit(&c->n[which], memory_order_relaxed);

	atomic_store_explicit(&c->n[which], was + n, memory_order_relaxed);
}

const char *counters_name(enum counter);

/* Adds one set to a sum. */
void counters_sum(uint64_t sum[N_COUNTERS], const struct counters *);

/*
 * Writes at most n of the counters, in the order of above; returns how many
 * there are.
 */
size_t counters_write(
    const uint64_t sum[N_COUNTERS], struct rudder_stat *, size_t n);

#endif
