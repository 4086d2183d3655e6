/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "look.h"
#include "merge.h"
#include "wire.h"

/* ---- TCP and UDP --------------------------------------------------------- */

/* Data, acknowledged, and nothing that belongs to one packet alone. */
static size_t
tcp_headers(struct look *l)
{
	const unsigned alone = TCP_SYN | TCP_RST | TCP_URG | TCP_CWR;
	size_t len = l->seg->pkt.len - IP_HEADER, header;

	if (len < TCP_HEADER)
		return 0;
	header = wire_tcp_header(l->l4);
	l->flags = l->l4[TCP_FLAGS];
	if (header < TCP_HEADER || header >= len ||
	    (l->flags & (alone | TCP_ACK)) != TCP_ACK)
		return 0;
	return header;
}

static bool
tcp_follows(const struct merge_write *w, const struct look *l)
{
	const uint8_t *a = w->ip + IP_HEADER, *b = l->l4;
	const unsigned may_differ = TCP_PSH | TCP_FIN;

	return w->headers == l->headers &&
	       wire_get32(b + TCP_SEQ) ==
		   wire_get32(a + TCP_SEQ) + w->payload &&
	       memcmp(a + TCP_ACK_NO, b + TCP_ACK_NO, 5) == 0 &&
	       ((a[TCP_FLAGS] ^ b[TCP_FLAGS]) & ~may_differ) == 0 &&
	       memcmp(a + TCP_WINDOW, b + TCP_WINDOW, 2) == 0 &&
	       memcmp(a + TCP_URGENT, b + TCP_URGENT,
		   w->headers - IP_HEADER - TCP_URGENT) == 0;
}

static void
tcp_put(const struct merge_write *w, uint8_t *l4)
{
	l4[TCP_FLAGS] = w->flags;
}

static size_t
udp_headers(struct look *l)
{
	size_t len = l->seg->pkt.len - IP_HEADER;

	if (len <= UDP_HEADER || wire_get16(l->l4 + UDP_LEN) != len ||
	    wire_get16(l->l4 + UDP_CHECK) == 0)
		return 0;
	return UDP_HEADER;
}

static bool
udp_follows(const struct merge_write *w, const struct look *l)
{
	(void)w;
	(void)l;
	return true;
}

static void
udp_put(const struct merge_write *w, uint8_t *l4)
{
	wire_put16(l4 + UDP_LEN, UDP_HEADER + w->payload);
}

static const struct merge_kind tcp = {
	.can = MERGE_TCP,
	.gso_type = VNET_GSO_TCPV4,
	.check = TCP_CHECK,
	.headers = tcp_headers,
	.follows = tcp_follows,
	.put = tcp_put,
};

static const struct merge_kind udp = {
	.can = MERGE_UDP,
	.gso_type = VNET_GSO_UDP_L4,
	.check = UDP_CHECK,
	.headers = udp_headers,
	.follows = udp_follows,
	.put = udp_put,
};

static const struct merge_kind *
kind_of(const uint8_t *ip)
{
	if (ip[IP_PROTO] == IP_PROTO_TCP)
		return &tcp;
	return ip[IP_PROTO] == IP_PROTO_UDP ? &udp : NULL;
}

/* ---- Looking at a packet ------------------------------------------------- */

static bool
is_fragment(const uint8_t *ip)
{
	return (wire_get16(ip + IP_FRAGMENT) & IP_IS_FRAGMENT) != 0;
}

/* Without ports for what has none, or does not show them. */
static void
find_key(struct look *l)
{
	l->has_key = !is_fragment(l->ip) && kind_of(l->ip) != NULL &&
		     l->seg->pkt.len >= l->seg->pkt.header + 4;
	memset(l->key, 0, sizeof(l->key));
	memcpy(l->key, l->ip + IP_SRC, 8);
	if (l->has_key)
		memcpy(l->key + 8, l->l4, 4);
	l->key[12] = l->ip[IP_PROTO];
}

void
look_at(struct look *l, const struct segment *seg, unsigned can)
{
	const struct merge_kind *kind = kind_of(seg->pkt.data);

	l->seg = seg;
	l->ip = seg->pkt.data;
	l->l4 = l->ip + seg->pkt.header;
	l->kind = NULL;
	l->flags = 0;
	find_key(l);
	if (kind == NULL || (can & kind->can) == 0 || !l->has_key ||
	    seg->pkt.header != IP_HEADER)
		return;
	l->headers = kind->headers(l);
	if (l->headers == 0)
		return;
	l->headers += IP_HEADER;
	l->payload = seg->pkt.len - l->headers;
	l->kind = kind;
}

bool
look_is_right(const struct segment *seg, const struct sum_way *way)
{
	size_t len = seg->pkt.len - IP_HEADER, head = seg->head - IP_HEADER;
	const uint8_t *ip = seg->pkt.data;
	uint32_t sum = sum_pseudo(ip, len);
	uint16_t body;

	if (way->bytes(ip, IP_HEADER) != 0xffff)
		return false;
	sum += way->bytes(ip + IP_HEADER, head);
	if (len > head) {
		body = way->bytes(seg->body, len - head);
		sum += head % 2 == 0 ? body : sum_swap(body);
	}
	return sum_fold(sum) == 0xffff;
}
