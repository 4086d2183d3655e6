/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

static const char *const names[N_COUNTERS] = {
	[TX_PACKETS] = "tx_packets",
	[TX_BYTES] = "tx_bytes",
	[TX_SUPER] = "tx_super",
	[TX_SEGMENTS] = "tx_segments",
	[TX_NOT_IPV4] = "tx_not_ipv4",
	[TX_MALFORMED] = "tx_malformed",
	[TX_MULTICAST] = "tx_multicast",
	[TX_NO_ROUTE] = "tx_no_route",
	[TX_TTL_EXCEEDED] = "tx_ttl_exceeded",
	[TX_TOO_BIG] = "tx_too_big",
	[TX_FRAGMENTED] = "tx_fragmented",
	[TX_REFUSED] = "tx_refused",
	[TX_DROPPED] = "tx_dropped",
	[TX_ERRORS] = "tx_errors",
	[RX_PACKETS] = "rx_packets",
	[RX_BYTES] = "rx_bytes",
	[RX_SUPER] = "rx_super",
	[RX_SEGMENTS] = "rx_segments",
	[RX_TRUNCATED] = "rx_truncated",
	[RX_NOT_IPV4] = "rx_not_ipv4",
	[RX_MALFORMED] = "rx_malformed",
	[RX_UNKNOWN_SENDER] = "rx_unknown_sender",
	[RX_FORGED] = "rx_forged",
	[RX_WRONG_SOURCE] = "rx_wrong_source",
	[RX_WRONG_DESTINATION] = "rx_wrong_destination",
	[RX_TTL_EXCEEDED] = "rx_ttl_exceeded",
	[RX_DROPPED] = "rx_dropped",
	[RX_ERRORS] = "rx_errors",
	[ICMP_SENT] = "icmp_sent",
	[ICMP_LIMITED] = "icmp_limited",
	[PMTU_LOWERED] = "pmtu_lowered",
	[TUN_REPAIRED] = "tun_repaired",
};

const char *
counters_name(enum counter c)
{
	return names[c];
}

void
counters_sum(uint64_t sum[N_COUNTERS], const struct counters *c)
{
	for (size_t i = 0; i < N_COUNTERS; i++)
		sum[i] += atomic_load_explicit(&c->n[i], memory_order_relaxed);
}

size_t
counters_write(
    const uint64_t sum[N_COUNTERS], struct rudder_stat *stats, size_t n)
{
	for (size_t i = 0; i < n && i < N_COUNTERS; i++)
		stats[i] = (struct rudder_stat){ names[i], sum[i], false };
	return N_COUNTERS;
}
