/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - where things are in the headers of IPv4 (RFC 791), TCP (RFC 9293)
 * and UDP (RFC 768), and numbers as they stand there. Bytes have no
 * alignment; what is returned is in host byte order.
 */
#ifndef UDP_WIRE_H
#define UDP_WIRE_H

#include <stdint.h>

enum {
	IP_TOS = 1, /* behind the version and the header's length in words */
	IP_LEN = 2,
	IP_ID = 4,
	IP_FRAGMENT = 6, /* flags, and the offset */
	IP_TTL = 8,
	IP_PROTO = 9,
	IP_CHECK = 10,
	IP_SRC = 12,
	IP_DST = 16,
	IP_HEADER = 20, /* without options */

	IP_DF = 0x4000,
	IP_IS_FRAGMENT = 0x3fff, /* more of them, or not the first */
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
};

enum {
	TCP_SEQ = 4,
	TCP_ACK_NO = 8,
	TCP_OFFSET = 12, /* of the data in words, above the reserved bits */
	TCP_FLAGS = 13,
	TCP_WINDOW = 14,
	TCP_CHECK = 16,
	TCP_URGENT = 18,
	TCP_HEADER = 20, /* without options */

	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_CWR = 0x80,
};

enum {
	UDP_LEN = 4,
	UDP_CHECK = 6,
	UDP_HEADER = 8,
};

/* The longest IPv4 header with the longest TCP header behind it. */
#define WIRE_HEADERS_MAX 120

static inline unsigned
wire_get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t
wire_get32(const uint8_t *p)
{
	return (uint32_t)wire_get16(p) << 16 | wire_get16(p + 2);
}

static inline void
wire_put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
wire_put32(uint8_t *p, uint32_t v)
{
	wire_put16(p, v >> 16);
	wire_put16(p + 2, v & 0xffff);
}

/* Of an IPv4 header. */
static inline unsigned
wire_ip_header(const uint8_t *ip)
{
	return (ip[0] & 15u) * 4;
}

static inline unsigned
wire_tcp_header(const uint8_t *tcp)
{
	return (tcp[TCP_OFFSET] >> 4) * 4u;
}

#endif
