/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cut.h"

/* The kinds of super-packets: what differs between TCP and UDP. */
struct cut_kind {
	unsigned proto;
	unsigned header; /* the shortest */
	unsigned check;	 /* where the checksum is */
	unsigned (*length)(const uint8_t *l4);
	void (*put)(const struct cut *, unsigned i, uint8_t *l4);
};

/* ---- aim: before the read ------------------------------------------------ */

/* The longest a piece at `at` can be: the whole of every packet. */
static size_t
first_piece(const struct cut *c)
{
	size_t len = c->guess.head + c->guess.size;

	if (c->guess.size == 0 || len > PACKET_MAX)
		return PACKET_MAX;
	return len;
}

/*
 * Is a guess of any use? The headers must lie in one piece even if it is
 * wrong, and the pieces must not be many.
 */
static bool
is_usable(unsigned head, unsigned size)
{
	return head + size >= WIRE_HEADERS_MAX &&
	       (PACKET_MAX - head + size - 1) / size <= CUT_PIECES;
}

size_t
cut_aim(struct cut *c, uint8_t *at, size_t room, struct iovec iov[CUT_IOV])
{
	size_t first = first_piece(c), left = PACKET_MAX - first, n = 2, len;

	c->at = at;
	c->room = room;
	iov[0].iov_base = &c->vnet;
	iov[0].iov_len = sizeof(c->vnet);
	iov[1].iov_base = at;
	iov[1].iov_len = first;
	for (uint8_t *p = at + first + c->guess.head; left > 0; p += first) {
		len = left < c->guess.size ? left : c->guess.size;
		iov[n].iov_base = p;
		iov[n++].iov_len = len;
		left -= len;
	}
	return n;
}

/* ---- take: what is it? --------------------------------------------------- */

static unsigned
tcp_length(const uint8_t *tcp)
{
	return wire_tcp_header(tcp);
}

static unsigned
udp_length(const uint8_t *udp)
{
	(void)udp;
	return UDP_HEADER;
}

/*
 * The checksum is to be made, all of it behind the IP header. It covers an
 * even number of bytes before its field, or it could not be put there.
 */
static int
take_single(struct cut *c)
{
	size_t start = c->vnet.csum_start, field = c->vnet.csum_offset;

	if ((c->vnet.flags & VNET_NEEDS_CSUM) &&
	    (start < c->pkt.header || field % 2 != 0 ||
		start + field + 2 > c->pkt.len))
		return -EBADMSG;
	c->kind = NULL;
	c->head = 0;
	c->size = (unsigned)c->pkt.len;
	c->count = 1;
	return 0;
}

/*
 * Is somebody to answer for what it holds? Fresh checksums over bytes that
 * nobody has vouched for would launder them.
 */
static bool
is_vouched(const struct cut *c, const struct cut_kind *kind)
{
	if (c->vnet.flags & VNET_NEEDS_CSUM)
		return c->vnet.csum_start == c->pkt.header &&
		       c->vnet.csum_offset == kind->check;
	return (c->vnet.flags & VNET_DATA_VALID) != 0;
}

static int
take_super(struct cut *c, const struct cut_kind *kind)
{
	const uint8_t *ip = c->pkt.data, *l4 = ip + c->pkt.header;
	size_t payload;

	if (ip[IP_PROTO] != kind->proto || c->vnet.gso_size == 0 ||
	    (wire_get16(ip + IP_FRAGMENT) & IP_IS_FRAGMENT) != 0 ||
	    c->pkt.len < c->pkt.header + kind->header || !is_vouched(c, kind))
		return -EBADMSG;
	c->head = (unsigned)c->pkt.header + kind->length(l4);
	if (c->head < c->pkt.header + kind->header || c->head > c->pkt.len)
		return -EBADMSG;
	payload = c->pkt.len - c->head;
	c->kind = kind;
	c->size = c->vnet.gso_size;
	c->count = payload == 0 ? 1 : (payload + c->size - 1) / c->size;
	return 0;
}

static void put_tcp(const struct cut *, unsigned i, uint8_t *tcp);
static void put_udp(const struct cut *, unsigned i, uint8_t *udp);

static const struct cut_kind tcp = {
	.proto = IP_PROTO_TCP,
	.header = TCP_HEADER,
	.check = TCP_CHECK,
	.length = tcp_length,
	.put = put_tcp,
};

static const struct cut_kind udp = {
	.proto = IP_PROTO_UDP,
	.header = UDP_HEADER,
	.check = UDP_CHECK,
	.length = udp_length,
	.put = put_udp,
};

static int
take_kind(struct cut *c)
{
	switch (c->vnet.gso_type) {
	case VNET_GSO_NONE:
		return take_single(c);
	case VNET_GSO_TCPV4:
	case VNET_GSO_TCPV4 | VNET_GSO_ECN:
		return take_super(c, &tcp);
	case VNET_GSO_UDP_L4:
		return take_super(c, &udp);
	}
	return -EOPNOTSUPP;
}

/* The guess was wrong: close the gaps that it has left. */
static void
compact(const struct cut *c, size_t len)
{
	size_t first = first_piece(c), size = c->guess.size, left, part;
	uint8_t *to = c->at + first, *from = to + c->guess.head;

	for (left = len - first; left > 0; left -= part) {
		part = left < size ? left : size;
		memmove(to, from, part);
		to += part;
		from += first;
	}
}

/* Where the payload lies now, and where the next one's should. */
static void
settle(struct cut *c, size_t len)
{
	bool right = c->head == c->guess.head && c->size == c->guess.size;

	c->step = c->size;
	if (right)
		c->step += c->head;
	else if (len > first_piece(c))
		compact(c, len);
	if (c->count > 1) {
		c->guess.head = c->head;
		c->guess.size = is_usable(c->head, c->size) ? c->size : 0;
	}
}

int
cut_take(struct cut *c, size_t n)
{
	int rc;

	if (n <= sizeof(c->vnet) || n > sizeof(c->vnet) + PACKET_MAX)
		return -EBADMSG;
	n -= sizeof(c->vnet);
	rc = packet_parse(&c->pkt, c->at, n);
	if (rc == 0)
		rc = take_kind(c);
	if (rc == 0)
		settle(c, n);
	return rc;
}

/* ---- spread: the packets ------------------------------------------------- */

static size_t
payload_of(const struct cut *c, unsigned i)
{
	size_t left = c->pkt.len - c->head - (size_t)i * c->size;

	return left < c->size ? left : c->size;
}

static void
put_ip(const struct cut *c, unsigned i, uint8_t *ip)
{
	wire_put16(ip + IP_LEN, c->head + (unsigned)payload_of(c, i));
	wire_put16(ip + IP_ID, wire_get16(ip + IP_ID) + i);
	wire_put16(ip + IP_CHECK, 0);
	wire_put16(ip + IP_CHECK, ~c->sum->bytes(ip, c->pkt.header));
}

/* FIN and PSH are the last one's, and CWR is the first one's (RFC 3168 6.1.2:
 * it answers once). */
static void
put_tcp(const struct cut *c, unsigned i, uint8_t *l4)
{
	wire_put32(l4 + TCP_SEQ, wire_get32(l4 + TCP_SEQ) + i * c->size);
	if (i + 1 < c->count)
		l4[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (i > 0)
		l4[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
}

static void
put_udp(const struct cut *c, unsigned i, uint8_t *l4)
{
	wire_put16(l4 + UDP_LEN, UDP_HEADER + (unsigned)payload_of(c, i));
}

/* In UDP 0 would say that there is none (RFC 768). */
static void
put_check(uint8_t *field, uint32_t sum, bool is_udp)
{
	unsigned check = (uint16_t)~sum_fold(sum);

	wire_put16(field, check == 0 && is_udp ? 0xffff : check);
}

/* The headers of packet i before its payload, which is in place. */
static void
put_headers(const struct cut *c, unsigned i, const uint8_t *head, uint8_t *out)
{
	uint8_t *l4 = out + c->pkt.header;
	size_t len = c->head - c->pkt.header + payload_of(c, i);

	memcpy(out, head, c->head);
	put_ip(c, i, out);
	c->kind->put(c, i, l4);
	wire_put16(l4 + c->kind->check, 0);
	put_check(l4 + c->kind->check,
	    sum_pseudo(out, len) + c->sum->bytes(l4, len), c->kind == &udp);
}

/* The field holds the sum of the pseudo header already. */
static void
complete(const struct cut *c)
{
	uint8_t *start = c->at + c->vnet.csum_start;
	bool is_udp =
	    c->at[IP_PROTO] == IP_PROTO_UDP && c->vnet.csum_offset == UDP_CHECK;

	if ((c->vnet.flags & VNET_NEEDS_CSUM) == 0)
		return;
	put_check(start + c->vnet.csum_offset,
	    c->sum->bytes(start, c->pkt.len - c->vnet.csum_start), is_udp);
}

/*
 * From the last to the first, as nothing is moved down: what a packet covers
 * held only itself, or packets behind it, which are done.
 */
static void
spread(const struct cut *c)
{
	size_t stride = (size_t)c->head + c->size;
	uint8_t head[WIRE_HEADERS_MAX], *out, *payload = c->at + c->head;

	memcpy(head, c->at, c->head);
	for (unsigned i = c->count; i-- > 0;) {
		out = c->at + i * stride;
		if (c->step != stride)
			memmove(out + c->head, payload + i * c->step,
			    payload_of(c, i));
		put_headers(c, i, head, out);
	}
}

int
cut_spread(struct cut *c, struct run *run)
{
	size_t longest = cut_longest(c), last = c->pkt.len;

	if (c->count > 1)
		last = c->head + payload_of(c, c->count - 1);
	if (longest * (c->count - 1) + last > c->room)
		return -ENOSPC;
	if (c->kind == NULL)
		complete(c);
	else
		spread(c);
	*run = (struct run){ .data = c->at,
		.size = (uint32_t)longest,
		.count = c->count,
		.last = (uint32_t)last };
	return 0;
}

size_t
cut_copy(const struct cut *c, unsigned i, uint8_t *out)
{
	size_t len = payload_of(c, i);

	memcpy(out + c->head, c->at + c->head + i * c->step, len);
	put_headers(c, i, c->at, out);
	return c->head + len;
}
