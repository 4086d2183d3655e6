/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sum of 16-bit words with the carry brought round is the same whatever
 * the width of the words that are added, as 2^16, 2^32 and 2^64 are all 1
 * modulo 2^16 - 1; and the same but for swapped bytes in either byte order
 * (RFC 1071, 2 B and C). So every way adds the widest words it can as they
 * lie in memory, and sum_finish() puts the bytes of the result in order.
 */
#include <string.h>

#include "sum.h"
#include "wire.h"

static uint64_t
load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* Addition with the carry brought round. */
static uint64_t
add(uint64_t a, uint64_t b)
{
	uint64_t sum = a + b;

	return sum + (sum < b);
}

/* From host byte order to big endian or back, whichever this host is. */
static uint16_t
order(uint16_t sum)
{
	uint8_t bytes[2];

	memcpy(bytes, &sum, sizeof(bytes));
	return (uint16_t)wire_get16(bytes);
}

uint16_t
sum_finish(uint64_t words, const uint8_t *rest, size_t len)
{
	uint32_t four;
	uint16_t two;
	uint8_t last[2] = { 0 };

	if (len & 4) {
		memcpy(&four, rest, sizeof(four));
		words = add(words, four);
		rest += 4;
	}
	if (len & 2) {
		memcpy(&two, rest, sizeof(two));
		words = add(words, two);
		rest += 2;
	}
	if (len & 1) {
		last[0] = *rest;
		memcpy(&two, last, sizeof(two));
		words = add(words, two);
	}
	words = (words & 0xffffffff) + (words >> 32);
	words = (words & 0xffffffff) + (words >> 32);
	return order(sum_fold((uint32_t)words));
}

/*
 * Two lanes, which the compiler makes of whatever the processor has; the
 * halves of a word are added apart, so that carries need no thought until the
 * end, in chains that do not wait for one another.
 */
struct lanes {
	uint64_t v __attribute__((vector_size(16)));
};

static struct lanes
load_lanes(const uint8_t *p)
{
	struct lanes l;

	memcpy(&l.v, p, sizeof(l.v));
	return l;
}

static uint16_t
portable_bytes(const void *data, size_t len)
{
	const uint8_t *p = data;
	struct lanes a = { { 0 } }, b = a, c = a, d = a, v, w;
	uint64_t sum;

	for (; len >= 32; p += 32, len -= 32) {
		v = load_lanes(p);
		w = load_lanes(p + 16);
		a.v += v.v & 0xffffffff;
		b.v += v.v >> 32;
		c.v += w.v & 0xffffffff;
		d.v += w.v >> 32;
	}
	a.v += b.v + c.v + d.v;
	sum = a.v[0] + a.v[1];
	for (; len >= 8; p += 8, len -= 8)
		sum = add(sum, load(p));
	return sum_finish(sum, p, len);
}

static const struct sum_way portable = {
	.name = "portable",
	.bytes = portable_bytes,
};

static const struct sum_way *
sum_portable(void)
{
	return &portable;
}

const struct sum_way *
sum_way(size_t i)
{
	static const struct sum_way *(*const ways[])(void) = {
		sum_avx2,
		sum_neon,
		sum_portable,
	};
	const struct sum_way *way;

	for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
		way = ways[k]();
		if (way != NULL && i-- == 0)
			return way;
	}
	return NULL;
}

const struct sum_way *
sum_best(void)
{
	return sum_way(0);
}

uint32_t
sum_pseudo(const uint8_t *ip, size_t len)
{
	return wire_get16(ip + IP_SRC) + wire_get16(ip + IP_SRC + 2) +
	       wire_get16(ip + IP_DST) + wire_get16(ip + IP_DST + 2) +
	       ip[IP_PROTO] + (uint32_t)len;
}
