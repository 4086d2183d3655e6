/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fragment.h"
#include "wire.h"

#define MORE 0x2000
#define OFFSET 0x1fff

enum {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_COPIED = 0x80,
};

bool
fragment_is_forbidden(const struct packet *pkt)
{
	return (wire_get16(pkt->data + IP_FRAGMENT) & IP_DF) != 0;
}

/* Options that are for the first fragment alone become padding. */
static void
strip_options(uint8_t *header, size_t len)
{
	size_t n;

	for (size_t i = IP_HEADER; i < len; i += n) {
		if (header[i] == OPTION_END)
			return;
		n = header[i] == OPTION_NOP || i + 1 == len ? 1 : header[i + 1];
		if (n == 0 || n > len - i)
			return;
		if ((header[i] & OPTION_COPIED) == 0)
			memset(header + i, OPTION_NOP, n);
	}
}

/* All but the last are multiples of 8. */
size_t
fragment_next(const struct packet *pkt, size_t mtu, size_t *at, uint8_t *out)
{
	size_t left = pkt->len - pkt->header - *at, part = mtu - pkt->header;
	unsigned where = wire_get16(pkt->data + IP_FRAGMENT);

	if (left == 0 || (where & OFFSET) + *at / 8 > OFFSET)
		return 0;
	if (part < left)
		part &= ~(size_t)7;
	else
		part = left;
	memcpy(out, pkt->data, pkt->header);
	memcpy(out + pkt->header, pkt->data + pkt->header + *at, part);
	if (*at > 0)
		strip_options(out, pkt->header);
	where = (where & ~OFFSET) | ((where & OFFSET) + *at / 8);
	if (part < left)
		where |= MORE;
	wire_put16(out + IP_FRAGMENT, where);
	wire_put16(out + IP_LEN, (unsigned)(pkt->header + part));
	wire_put16(out + IP_CHECK, 0);
	wire_put16(out + IP_CHECK, packet_checksum(out, pkt->header));
	*at += part;
	return pkt->header + part;
}
