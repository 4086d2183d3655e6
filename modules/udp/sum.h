/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sum.h - the Internet checksum (RFC 1071) in parts: the ones' complement
 * sum of 16-bit words, not complemented. Pure.
 *
 * A sum is a number in host byte order, as wire_get16() reads it. Sums of
 * parts are added in 32 bits, up to 65537 of them, and folded at the end:
 *
 *	check = ~sum_fold(way->bytes(a, n) + way->bytes(b, m) + 0x1234)
 *
 * holds when n is even; else b begins in the middle of a word, and its sum
 * is sum_swap(way->bytes(b, m)). A block that holds its own right checksum
 * sums up to 0xffff. 0 is the sum of zeros alone.
 */
#ifndef UDP_SUM_H
#define UDP_SUM_H

#include <stddef.h>
#include <stdint.h>

/* One way to do it; they differ in speed alone. */
struct sum_way {
	const char *name;

	/* Any alignment, any length below 4 GiB; an odd last byte is the
	 * upper half of a word whose lower half is 0. */
	uint16_t (*bytes)(const void *, size_t len);
};

/* The fastest that this machine can do. Finds out anew at each call: keep
 * what it returns. */
const struct sum_way *sum_best(void);

/* All that this machine can do, best first; NULL: no more. For tests. */
const struct sum_way *sum_way(size_t i);

static inline uint16_t
sum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static inline uint16_t
sum_swap(uint16_t sum)
{
	return (uint16_t)(sum << 8 | sum >> 8);
}

/*
 * The pseudo header (RFC 9293 3.1, RFC 768) of what follows the IPv4 header
 * `ip`: addresses, protocol, and `len`, the length of that. Not folded.
 */
uint32_t sum_pseudo(const uint8_t *ip, size_t len);

/*
 * For the ways: from the sum of 64-bit words as they lie in memory to the
 * sum of above, with the less than 8 bytes that were left over.
 */
uint16_t sum_finish(uint64_t words, const uint8_t *rest, size_t len);

/* NULL where the processor, or the compiler, does not have them. */
const struct sum_way *sum_avx2(void);
const struct sum_way *sum_neon(void);

#endif
