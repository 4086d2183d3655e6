/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.h - what a data path counts, and under which names. Pure.
 * TX is from the TUN to the wire, RX the other way; bytes are inner ones.
 */
#ifndef UDP_COUNTERS_H
#define UDP_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include <rudder/module.h>

enum counter {
	TX_PACKETS,
	TX_BYTES,
	TX_NOT_IPV4,
	TX_MALFORMED,
	TX_MULTICAST,
	TX_NO_ROUTE,
	TX_TTL_EXCEEDED,
	TX_DROPPED, /* the socket's buffer was full */
	TX_ERRORS,  /* the kernel would not send it */
	RX_PACKETS,
	RX_BYTES,
	RX_TRUNCATED,
	RX_NOT_IPV4,
	RX_MALFORMED,
	RX_FORGED, /* from an address that is ours */
	RX_TTL_EXCEEDED,
	RX_DROPPED, /* the TUN's queue was full */
	RX_ERRORS,  /* the TUN would not take it */
	ICMP_SENT,
	ICMP_LIMITED, /* there would have been too many */
	N_COUNTERS,
};

const char *counters_name(enum counter);

/*
 * Writes at most n of the counters, in the order of above; returns how many
 * there are. `count` NULL: all are 0.
 */
size_t counters_write(const uint64_t *count, struct rudder_stat *, size_t n);

#endif
