/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read from the TUN, with any virtio header, after any guess.
 *
 * Input: 2 bytes of headers and 2 of size (the guess), 1 byte of flags, the
 * virtio header as ten bytes, big endian, then the packet. Whatever is taken
 * must be cut as super_cut() does it.
 */
#include <errno.h>

#include "../unit/super.h"
#include "cut.h"
#include "fuzz.h"

enum {
	SMALL_ROOM = 1,
	REPEAT_GUESS = 2, /* read the same again, now that it is known */
	PORTABLE = 4,
	STRETCH = 8, /* the packet is longer than the input: zeros behind it */
};

#define HEAD 15

static void *
allocate(size_t len)
{
	void *p = malloc(len);

	must(p != NULL);
	return p;
}

/* A guess that cut_take could have left behind. */
static void
guess(struct cut *c, const uint8_t *in)
{
	unsigned head = wire_get16(in), size = wire_get16(in + 2);

	if (head < 28 || head > WIRE_HEADERS_MAX || size == 0 ||
	    head + size < WIRE_HEADERS_MAX ||
	    (PACKET_MAX - head) / size >= CUT_PIECES)
		return;
	c->guess.head = head;
	c->guess.size = size;
}

static struct vnet
vnet(const uint8_t *in)
{
	return (struct vnet){ .flags = in[0],
		.gso_type = in[1],
		.hdr_len = (uint16_t)wire_get16(in + 2),
		.gso_size = (uint16_t)wire_get16(in + 4),
		.csum_start = (uint16_t)wire_get16(in + 6),
		.csum_offset = (uint16_t)wire_get16(in + 8) };
}

static void
compare(const struct cut *c, const uint8_t *in, struct run *run)
{
	uint8_t *want = allocate(PACKET_MAX + 1);
	uint8_t *copy = allocate(cut_longest(c));
	size_t len;

	for (unsigned i = 0; i < c->count; i++) {
		len = super_cut(in, c->pkt.len, c->size, i, want);
		if (run != NULL) {
			struct run one = run_take(run, 1);

			must(run_bytes(&one) == len);
			must(memcmp(one.data, want, len) == 0);
			continue;
		}
		must(cut_copy(c, i, copy) == len);
		must(memcmp(copy, want, len) == 0);
		if (i > 300)
			break;
	}
	free(copy);
	free(want);
}

/* It came without any checksum, so its one's complement has to come out. */
static void
compare_single(const struct cut *c, const uint8_t *in, const struct run *run)
{
	size_t start = c->vnet.csum_start, field = start + c->vnet.csum_offset;
	uint8_t *want = allocate(c->pkt.len);
	unsigned sum;

	memcpy(want, in, c->pkt.len);
	if (c->vnet.flags & VNET_NEEDS_CSUM) {
		sum = ~super_sum(in + start, c->pkt.len - start, 0) & 0xffff;
		if (sum == 0 && in[IP_PROTO] == IP_PROTO_UDP &&
		    c->vnet.csum_offset == UDP_CHECK)
			sum = 0xffff;
		wire_put16(want + field, sum);
	}
	must(run->count == 1 && run->last == c->pkt.len);
	must(memcmp(run->data, want, c->pkt.len) == 0);
	free(want);
}

static void
cut(struct cut *c, uint8_t *at, size_t room, const uint8_t *in, size_t len)
{
	struct iovec iov[CUT_IOV];
	size_t n = cut_aim(c, at, room, iov), got;
	struct run run;

	must(n <= CUT_IOV);
	got = super_scatter(iov + 1, n - 1, in, len);
	if (cut_take(c, sizeof(c->vnet) + got) < 0)
		return;
	must(c->pkt.len <= got && c->count > 0);
	if (c->count > 1)
		compare(c, in, NULL);
	if (cut_spread(c, &run) == -ENOSPC) {
		must(c->count > 1);
		return;
	}
	must(run_bytes(&run) <= room);
	if (c->kind == NULL)
		compare_single(c, in, &run);
	else
		compare(c, in, &run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct cut c = { .sum = sum_best() };
	size_t room = CUT_SPAN, len;
	uint8_t *at, *packet;

	if (size <= HEAD)
		return 0;
	if ((in[4] & SMALL_ROOM) == 0)
		room *= 3;
	if (in[4] & PORTABLE)
		for (size_t i = 0; sum_way(i) != NULL; i++)
			c.sum = sum_way(i);
	guess(&c, in);
	c.vnet = vnet(in + 5);
	len = size - HEAD;
	packet = calloc(1, PACKET_MAX + len);
	must(packet != NULL);
	memcpy(packet, in + HEAD, len);
	if ((in[4] & STRETCH) && len < PACKET_MAX && len > IP_LEN + 2)
		len = wire_get16(packet + IP_LEN) > len
			  ? wire_get16(packet + IP_LEN)
			  : len;
	at = allocate(room);
	cut(&c, at, room, packet, len);
	if (in[4] & REPEAT_GUESS)
		cut(&c, at, room, packet, len);
	free(at);
	free(packet);
	return 0;
}
