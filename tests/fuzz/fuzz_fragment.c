/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any packet cut into fragments for any narrower way: each is a packet that
 * fits, and together they have what it had, as far as a packet can reach.
 *
 * Input: 2 bytes of MTU, and the packet.
 */
#include "fragment.h"
#include "fuzz.h"
#include "wire.h"

#define MORE 0x2000
#define OFFSET 0x1fff

struct pieces {
	const struct packet *pkt;
	size_t mtu;
	size_t at; /* of the payload, so far */
	bool more;
};

static void
check_piece(struct pieces *p, uint8_t *data, size_t len)
{
	unsigned before = wire_get16(p->pkt->data + IP_FRAGMENT);
	unsigned where = wire_get16(data + IP_FRAGMENT);
	struct packet piece;
	size_t payload;

	must(len <= p->mtu && packet_parse(&piece, data, len) == 0);
	must(piece.len == len && piece.header == p->pkt->header);
	must(packet_checksum(data, piece.header) == 0);
	must(packet_src(&piece) == packet_src(p->pkt));
	must(packet_dst(&piece) == packet_dst(p->pkt));
	payload = len - piece.header;
	must(payload > 0);
	must(memcmp(data + piece.header, p->pkt->data + p->pkt->header + p->at,
		 payload) == 0);
	must((where & OFFSET) == (before & OFFSET) + p->at / 8);
	p->at += payload;
	p->more = (where & MORE) != 0;
	if (p->at < p->pkt->len - p->pkt->header)
		must(p->more && payload % 8 == 0);
	else
		must(p->more == ((before & MORE) != 0));
}

static void
check_pieces(const struct packet *pkt, size_t mtu)
{
	struct pieces p = { .pkt = pkt, .mtu = mtu };
	uint8_t *out = malloc(mtu);
	size_t at = 0, n;

	must(out != NULL);
	while ((n = fragment_next(pkt, mtu, &at, out)) > 0)
		check_piece(&p, out, n);
	if (p.at < pkt->len - pkt->header)
		must((wire_get16(pkt->data + IP_FRAGMENT) & OFFSET) + p.at / 8 >
		     OFFSET);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t mtu = (size_t)fuzz_byte(&data, &size) << 8;
	struct packet pkt;
	uint8_t *copy;

	mtu |= fuzz_byte(&data, &size);
	if (mtu < PACKET_MIN_MTU)
		mtu = PACKET_MIN_MTU;
	copy = malloc(size);
	must(copy != NULL || size == 0);
	if (size > 0)
		memcpy(copy, data, size);
	if (packet_parse(&pkt, copy, size) == 0)
		check_pieces(&pkt, mtu);
	free(copy);
	return 0;
}
