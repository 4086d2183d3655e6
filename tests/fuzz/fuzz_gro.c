/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a train of datagrams, in a buffer laid out by any guess: each
 * packet is the one that lies in its place of the train, wherever its bytes
 * came to be.
 *
 * Input: 2 bytes of headers and 2 of size (the guess), 2 of the datagrams'
 * size, 1 of how often the rest comes, and the rest.
 */
#include "../unit/super.h"
#include "fuzz.h"
#include "gro.h"

static unsigned
word(const uint8_t **data, size_t *size)
{
	unsigned high = fuzz_byte(data, size);

	return high << 8 | fuzz_byte(data, size);
}

/* All of a packet, from its two places. */
static void
check_bytes(const struct segment *s, const uint8_t *want)
{
	must(s->head <= s->pkt.len);
	must(memcmp(s->pkt.data, want, s->head) == 0);
	if (s->head < s->pkt.len)
		must(
		    memcmp(s->body, want + s->head, s->pkt.len - s->head) == 0);
}

/* The headers are in the first place. */
static void
check_headers(const struct segment *s)
{
	size_t want = s->pkt.header + UDP_HEADER;

	if (s->pkt.data[IP_PROTO] == IP_PROTO_TCP)
		want = s->pkt.header + TCP_HEADER;
	if (want > s->pkt.len)
		want = s->pkt.len;
	must(s->head >= want);
}

static void
check(struct gro *g, uint8_t *train, size_t len, size_t stride)
{
	size_t n = gro_count(g), at = 0, part;
	struct packet want;
	struct segment s;
	int rc;

	for (size_t i = 0; i < n; i++, at += part) {
		part = len - at < stride ? len - at : stride;
		rc = packet_parse(&want, train + at, part);
		must(gro_get(g, i, &s) == rc);
		if (rc < 0)
			continue;
		must(s.pkt.len == want.len && s.pkt.header == want.header);
		check_headers(&s);
		check_bytes(&s, train + at);
	}
	must(at == len);
}

static void
land(struct gro *g, struct gro_guess *guess, uint8_t *train, size_t len,
    size_t stride)
{
	struct iovec iov[GRO_IOV];
	size_t n = gro_aim(g, guess, iov);

	must(n <= GRO_IOV);
	must(super_scatter(iov, n, train, len) == len);
	gro_land(g, len, len > stride ? stride : 0);
	check(g, train, len, stride);
	gro_learn(guess, g);
	must(guess->size == 0 || guess->head + guess->size >= GRO_SMALLEST);
	must(guess->size == 0 || guess->head <= WIRE_HEADERS_MAX);
}

/* Twice: the second comes into a buffer that is laid out by the first. */
static void
run(struct gro_guess *guess, uint8_t *train, size_t len, size_t stride)
{
	struct gro g = { .buf = malloc(GRO_ROOM),
		.heads = malloc(GRO_SLOTS * GRO_SLOT) };

	must(g.buf != NULL && g.heads != NULL);
	land(&g, guess, train, len, stride);
	land(&g, guess, train, len, stride);
	free(g.heads);
	free(g.buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gro_guess guess = { 0 };
	unsigned head = word(&data, &size), payload = word(&data, &size);
	size_t stride = word(&data, &size), len = 0;
	unsigned times = fuzz_byte(&data, &size) % 64;
	uint8_t *train = malloc(GRO_ROOM);

	must(train != NULL);
	if (head >= 28 && head <= WIRE_HEADERS_MAX && payload > 0 &&
	    payload < 60000 && head + payload >= GRO_SMALLEST)
		guess = (struct gro_guess){ head, payload };
	for (unsigned i = 0; i <= times && len + size < GRO_ROOM; i++) {
		if (size > 0)
			memcpy(train + len, data, size);
		len += size;
	}
	if (stride == 0)
		stride = len;
	if (len > 0)
		run(&guess, train, len, stride);
	free(train);
	return 0;
}
