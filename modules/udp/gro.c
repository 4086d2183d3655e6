/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gro.h"

_Static_assert(GRO_SLOT >= WIRE_HEADERS_MAX, "headers fit into a slot");

static void
aim(struct iovec *iov, uint8_t *at, size_t len, size_t *left)
{
	if (len > *left)
		len = *left;
	iov->iov_base = at;
	iov->iov_len = len;
	*left -= len;
}

size_t
gro_aim(struct gro *g, const struct gro_guess *guess, struct iovec iov[GRO_IOV])
{
	size_t left = GRO_ROOM, first = guess->head + guess->size, n = 0;
	uint8_t *head = g->heads, *body;

	g->guess = *guess;
	if (guess->size == 0)
		first = GRO_ROOM;
	body = g->buf + first;
	aim(&iov[n++], g->buf, first, &left);
	while (left > 0) {
		head += GRO_SLOT;
		aim(&iov[n++], head, guess->head, &left);
		if (left > 0)
			aim(&iov[n++], body, guess->size, &left);
		body += guess->size;
	}
	return n;
}

static size_t
length_of(const struct gro *g, size_t i)
{
	size_t left = g->len - i * g->stride;

	return left < g->stride ? left : g->stride;
}

/*
 * Back into one piece; g->stride is that of the layout here. From the last to
 * the first: each goes up to where only those behind it were.
 */
static void
flatten(struct gro *g)
{
	size_t head = g->guess.head, len;
	uint8_t *to;

	for (size_t i = gro_count(g); i-- > 1;) {
		to = g->buf + i * g->stride;
		len = length_of(g, i);
		if (len > head)
			memmove(to + head, g->buf + head + i * g->guess.size,
			    len - head);
		memcpy(to, g->heads + i * GRO_SLOT, len < head ? len : head);
	}
}

void
gro_land(struct gro *g, size_t n, size_t size)
{
	size_t first = g->guess.head + g->guess.size;

	g->len = n;
	g->stride = first;
	g->apart = g->guess.size > 0 && n > first;
	if (g->apart && size != first) {
		flatten(g);
		g->apart = false;
	}
	if (!g->apart)
		g->stride = size > 0 && size < n ? size : n;
}

size_t
gro_count(const struct gro *g)
{
	return g->len == 0 ? 1 : (g->len + g->stride - 1) / g->stride;
}

/* At least so many bytes of the packet in its first place. */
static void
extend(struct segment *s, size_t want)
{
	size_t more;

	if (want > s->pkt.len)
		want = s->pkt.len;
	if (want <= s->head)
		return;
	more = want - s->head;
	memcpy(s->pkt.data + s->head, s->body, more);
	s->head += more;
	s->body += more;
}

static void
extend_headers(struct segment *s)
{
	size_t ip = s->pkt.header;

	extend(s, ip + UDP_HEADER);
	if (s->pkt.data[IP_PROTO] != IP_PROTO_TCP)
		return;
	extend(s, ip + TCP_HEADER);
	if (s->pkt.len >= ip + TCP_HEADER)
		extend(s, ip + wire_tcp_header(s->pkt.data + ip));
}

int
gro_get(struct gro *g, size_t i, struct segment *s)
{
	uint8_t *data = g->buf + i * g->stride;
	size_t len = length_of(g, i);
	int rc;

	s->head = len;
	s->body = NULL;
	if (g->apart && i > 0) {
		data = g->heads + i * GRO_SLOT;
		s->head = g->guess.head;
		s->body = g->buf + g->guess.head + i * g->guess.size;
	}
	rc = packet_parse(&s->pkt, data, len);
	if (rc < 0)
		return rc;
	if (s->head > s->pkt.len)
		s->head = s->pkt.len;
	extend_headers(s);
	return 0;
}

static size_t
headers_of(const struct segment *s)
{
	size_t ip = s->pkt.header;

	if (s->pkt.data[IP_PROTO] != IP_PROTO_TCP)
		return ip + UDP_HEADER;
	if (s->pkt.len < ip + TCP_HEADER)
		return s->pkt.len;
	return ip + wire_tcp_header(s->pkt.data + ip);
}

/* A single datagram tells nothing: it is nearly always an acknowledgement. */
void
gro_learn(struct gro_guess *guess, struct gro *g)
{
	struct segment s;
	size_t head;

	if (gro_count(g) < 2)
		return;
	guess->size = 0;
	if (g->stride < GRO_SMALLEST || gro_get(g, 0, &s) < 0)
		return;
	head = headers_of(&s);
	if (head >= g->stride || head < IP_HEADER)
		return;
	guess->head = (unsigned)head;
	guess->size = (unsigned)(g->stride - head);
}
