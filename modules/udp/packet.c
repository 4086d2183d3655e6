/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "packet.h"

/* Where things are in an IPv4 header (RFC 791). */
enum {
	AT_VERSION = 0, /* and the header's length in words */
	AT_TOS = 1,
	AT_LEN = 2,
	AT_FRAGMENT = 6, /* flags, and the offset */
	AT_TTL = 8,
	AT_PROTO = 9,
	AT_SUM = 10,
	AT_SRC = 12,
	AT_DST = 16,
	HEADER = 20, /* without options */
};

#define DONT_FRAGMENT 0x4000
#define OFFSET_MASK 0x1fff
#define PROTO_ICMP 1

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

int
packet_parse(struct packet *pkt, void *buf, size_t len)
{
	uint8_t *p = buf;
	size_t header, total;

	if (len == 0)
		return -EBADMSG;
	if (p[AT_VERSION] >> 4 != 4)
		return -EPROTONOSUPPORT;
	if (len < HEADER)
		return -EBADMSG;
	header = (p[AT_VERSION] & 15u) * 4;
	total = get16(p + AT_LEN);
	if (header < HEADER || total < header || total > len)
		return -EBADMSG;
	*pkt = (struct packet){ .data = p, .len = total, .header = header };
	return 0;
}

uint32_t
packet_src(const struct packet *pkt)
{
	return get32(pkt->data + AT_SRC);
}

uint32_t
packet_dst(const struct packet *pkt)
{
	return get32(pkt->data + AT_DST);
}

/* 224.0.0.0 and above: multicast, class E, 255.255.255.255. */
static bool
is_many(uint32_t addr)
{
	return addr >= 0xe0000000;
}

bool
packet_to_many(const struct packet *pkt)
{
	return is_many(packet_dst(pkt));
}

static unsigned
fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), where m is the word that
 * changes: the TTL and the protocol.
 */
bool
packet_age(struct packet *pkt)
{
	uint8_t *p = pkt->data;
	unsigned old, sum;

	if (p[AT_TTL] <= 1)
		return false;
	old = get16(p + AT_TTL);
	p[AT_TTL]--;
	sum =
	    (~get16(p + AT_SUM) & 0xffff) + (~old & 0xffff) + get16(p + AT_TTL);
	put16(p + AT_SUM, ~fold(sum));
	return true;
}

/* At most 64 KiB: the sum of 2^15 words of 16 bits fits in 32. */
uint16_t
packet_checksum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (; len > 1; p += 2, len -= 2)
		sum += get16(p);
	if (len > 0)
		sum += (uint32_t)p[0] << 8;
	return (uint16_t)~fold(sum);
}

/*
 * Is this ICMP, but no question and no answer to one? What is not known
 * counts as an error: a question that goes unanswered does no harm, an error
 * about an error may go on forever.
 */
static bool
is_icmp_error(const struct packet *pkt)
{
	static const uint8_t harmless[] = {
		0, 8,		/* echo */
		9, 10,		/* routers */
		13, 14,		/* timestamp */
		15, 16, 17, 18, /* information, address mask */
		42, 43,		/* extended echo */
	};

	if (pkt->data[AT_PROTO] != PROTO_ICMP)
		return false;
	if (pkt->len == pkt->header)
		return true;
	return memchr(harmless, pkt->data[pkt->header], sizeof(harmless)) ==
	       NULL;
}

/* Is the address one host's, as far as can be told from here? */
static bool
is_host(uint32_t addr)
{
	uint32_t top = addr >> 24;

	return top != 0 && top != 127 && !is_many(addr);
}

static bool
may_answer(const struct packet *pkt)
{
	return is_host(packet_src(pkt)) && !packet_to_many(pkt) &&
	       (get16(pkt->data + AT_FRAGMENT) & OFFSET_MASK) == 0 &&
	       !is_icmp_error(pkt);
}

/*
 * Precedence: internetwork control (RFC 1812 4.3.2.5). The identification is
 * 0, which is good for what is never fragmented (RFC 6864).
 */
static void
put_header(uint8_t *p, size_t len, uint32_t src, uint32_t dst)
{
	memset(p, 0, HEADER);
	p[AT_VERSION] = 0x45;
	p[AT_TOS] = 0xc0;
	put16(p + AT_LEN, (unsigned)len);
	put16(p + AT_FRAGMENT, DONT_FRAGMENT);
	p[AT_TTL] = 64;
	p[AT_PROTO] = PROTO_ICMP;
	put32(p + AT_SRC, src);
	put32(p + AT_DST, dst);
	put16(p + AT_SUM, packet_checksum(p, HEADER));
}

size_t
packet_icmp(uint8_t out[PACKET_ICMP_MAX], const struct packet *about,
    enum packet_error error, uint32_t from, uint16_t mtu)
{
	static const uint8_t words[][2] = {
		[PACKET_NET_UNREACHABLE] = { 3, 0 },
		[PACKET_FRAG_NEEDED] = { 3, 4 },
		[PACKET_TIME_EXCEEDED] = { 11, 0 },
	};
	uint8_t *icmp = out + HEADER;
	size_t quote = about->header + 8;

	if (!may_answer(about))
		return 0;
	if (quote > about->len)
		quote = about->len;
	memset(icmp, 0, 8);
	memcpy(icmp, words[error], 2);
	if (error == PACKET_FRAG_NEEDED)
		put16(icmp + 6, mtu);
	memcpy(icmp + 8, about->data, quote);
	put16(icmp + 2, packet_checksum(icmp, 8 + quote));
	put_header(out, HEADER + 8 + quote, from, packet_src(about));
	return HEADER + 8 + quote;
}
