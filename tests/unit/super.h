/* SPDX-License-Identifier: Apache-2.0 */
/*
 * super.h - packets and super-packets made and cut the slow and obvious way,
 * for the tests and the fuzz targets to compare with. Nothing here uses what
 * it is to judge.
 */
#ifndef TESTS_SUPER_H
#define TESTS_SUPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "vnet.h"
#include "wire.h"

/* ---- Chance, always the same ------------------------------------------- */

static inline uint32_t
super_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*state >> 32);
}

static inline uint32_t
super_below(uint64_t *state, uint32_t limit)
{
	return super_random(state) % limit;
}

/* ---- Checksums, word by word ------------------------------------------- */

static inline unsigned
super_sum(const uint8_t *p, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 == 0 ? (unsigned)p[i] << 8 : p[i];
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum;
}

static inline unsigned
super_pseudo(const uint8_t *ip, size_t l4_len)
{
	uint8_t tail[4] = { 0, ip[IP_PROTO] };

	wire_put16(tail + 2, (unsigned)l4_len);
	return super_sum(tail, 4, super_sum(ip + IP_SRC, 8, 0));
}

/* Where the checksum of TCP or UDP is; NULL: there is none. */
static inline uint8_t *
super_check(uint8_t *ip, size_t len)
{
	size_t at = wire_ip_header(ip);

	if (wire_get16(ip + IP_FRAGMENT) & IP_IS_FRAGMENT)
		return NULL;
	if (ip[IP_PROTO] == IP_PROTO_TCP && len >= at + TCP_HEADER)
		return ip + at + TCP_CHECK;
	if (ip[IP_PROTO] == IP_PROTO_UDP && len >= at + UDP_HEADER)
		return ip + at + UDP_CHECK;
	return NULL;
}

/* Makes the length and all checksums right. */
static inline void
super_fix(uint8_t *ip, size_t len)
{
	size_t header = wire_ip_header(ip);
	uint8_t *check = super_check(ip, len);
	unsigned sum;

	wire_put16(ip + IP_LEN, (unsigned)len);
	wire_put16(ip + IP_CHECK, 0);
	wire_put16(ip + IP_CHECK, ~super_sum(ip, header, 0));
	if (check == NULL)
		return;
	wire_put16(check, 0);
	sum = super_sum(
	    ip + header, len - header, super_pseudo(ip, len - header));
	sum = ~sum & 0xffff;
	if (sum == 0 && ip[IP_PROTO] == IP_PROTO_UDP)
		sum = 0xffff;
	wire_put16(check, sum);
}

/* ---- Packets ------------------------------------------------------------ */

struct super {
	uint8_t proto;
	unsigned ip_options; /* multiples of 4 */
	unsigned tcp_options;
	uint32_t src, dst;
	uint16_t sport, dport;
	uint16_t id;
	uint16_t fragment; /* DF */
	uint8_t tos, ttl;
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;
	size_t payload;
};

static inline size_t
super_headers(const struct super *s)
{
	return IP_HEADER + s->ip_options +
	       (s->proto == IP_PROTO_UDP ? UDP_HEADER
					 : TCP_HEADER + s->tcp_options);
}

static inline void
super_make_tcp(uint8_t *l4, const struct super *s)
{
	wire_put32(l4 + TCP_SEQ, s->seq);
	wire_put32(l4 + TCP_ACK_NO, s->ack);
	l4[TCP_OFFSET] = (uint8_t)((TCP_HEADER + s->tcp_options) / 4 << 4);
	l4[TCP_FLAGS] = s->flags;
	wire_put16(l4 + TCP_WINDOW, s->window);
	memset(l4 + TCP_HEADER, 1, s->tcp_options);
}

/* Returns its length; byte i of the payload depends on seq + i. */
static inline size_t
super_make(uint8_t *ip, const struct super *s)
{
	size_t headers = super_headers(s), len = headers + s->payload;
	uint8_t *l4 = ip + IP_HEADER + s->ip_options;
	uint32_t at;

	memset(ip, 0, headers);
	ip[0] = (uint8_t)(0x40 | (IP_HEADER + s->ip_options) / 4);
	ip[IP_TOS] = s->tos;
	wire_put16(ip + IP_ID, s->id);
	wire_put16(ip + IP_FRAGMENT, s->fragment);
	ip[IP_TTL] = s->ttl;
	ip[IP_PROTO] = s->proto;
	wire_put32(ip + IP_SRC, s->src);
	wire_put32(ip + IP_DST, s->dst);
	memset(ip + IP_HEADER, 1, s->ip_options);
	wire_put16(l4, s->sport);
	wire_put16(l4 + 2, s->dport);
	if (s->proto == IP_PROTO_TCP)
		super_make_tcp(l4, s);
	else
		wire_put16(l4 + UDP_LEN, UDP_HEADER + (unsigned)s->payload);
	for (size_t i = 0; i < s->payload; i++) {
		at = s->seq + (uint32_t)i;
		ip[headers + i] = (uint8_t)(at * 7 + (at >> 8));
	}
	super_fix(ip, len);
	return len;
}

/* What the kernel says of a super-packet, whose checksum it has not made. */
static inline struct vnet
super_vnet(uint8_t *ip, size_t len, size_t gso_size)
{
	size_t header = wire_ip_header(ip);
	bool tcp = ip[IP_PROTO] == IP_PROTO_TCP;

	wire_put16(super_check(ip, len), super_pseudo(ip, len - header));
	return (struct vnet){ .flags = VNET_NEEDS_CSUM,
		.gso_type = gso_size == 0 ? VNET_GSO_NONE
			    : tcp	  ? VNET_GSO_TCPV4
					  : VNET_GSO_UDP_L4,
		.gso_size = (uint16_t)gso_size,
		.csum_start = (uint16_t)header,
		.csum_offset = tcp ? TCP_CHECK : UDP_CHECK };
}

/* ---- Cutting, one packet at a time ------------------------------------- */

/*
 * Packet i of the super-packet of `len` bytes, to `out`; 0: there are not so
 * many. There is at least one.
 */
static inline size_t
super_cut(
    const uint8_t *ip, size_t len, size_t gso_size, size_t i, uint8_t *out)
{
	size_t at = wire_ip_header(ip), headers = at + UDP_HEADER, from, part;
	bool tcp = ip[IP_PROTO] == IP_PROTO_TCP;

	if (tcp)
		headers = at + wire_tcp_header(ip + at);
	from = headers + i * gso_size;
	if (i > 0 && from >= len)
		return 0;
	part = len - from < gso_size ? len - from : gso_size;
	memcpy(out, ip, headers);
	memcpy(out + headers, ip + from, part);
	wire_put16(out + IP_ID, wire_get16(ip + IP_ID) + (unsigned)i);
	if (tcp) {
		wire_put32(out + at + TCP_SEQ,
		    wire_get32(ip + at + TCP_SEQ) + (uint32_t)(i * gso_size));
		if (from + part < len)
			out[at + TCP_FLAGS] &= 0xf6;
		if (i > 0)
			out[at + TCP_FLAGS] &= 0x7f;
	} else {
		wire_put16(out + at + UDP_LEN, UDP_HEADER + (unsigned)part);
	}
	super_fix(out, headers + part);
	return headers + part;
}

/* ---- What readv and writev do ------------------------------------------- */

/* Returns how much there was room for. */
static inline size_t
super_scatter(const struct iovec *iov, size_t n, const uint8_t *p, size_t len)
{
	size_t done = 0, part;

	for (size_t i = 0; i < n && done < len; i++) {
		part = len - done;
		if (part > iov[i].iov_len)
			part = iov[i].iov_len;
		memcpy(iov[i].iov_base, p + done, part);
		done += part;
	}
	return done;
}

static inline size_t
super_gather(const struct iovec *iov, size_t n, uint8_t *out)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(out + done, iov[i].iov_base, iov[i].iov_len);
		done += iov[i].iov_len;
	}
	return done;
}

#endif
