/* SPDX-License-Identifier: Apache-2.0 */
#include "sum.h"

/* Every 64-bit ARM has it; on 32-bit ones it would have to be looked for. */
#ifdef __AARCH64EL__

#include <arm_neon.h>

/* The 32-bit halves apart, in lanes of 64: no carry is lost. */
static inline uint64x2_t
add_halves(uint64x2_t sum, const uint8_t *p)
{
	return vpadalq_u32(sum, vreinterpretq_u32_u8(vld1q_u8(p)));
}

static uint16_t
neon_bytes(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64x2_t a = vdupq_n_u64(0), b = a, c = a, d = a;
	uint64_t sum, word;

	for (; len >= 64; p += 64, len -= 64) {
		a = add_halves(a, p);
		b = add_halves(b, p + 16);
		c = add_halves(c, p + 32);
		d = add_halves(d, p + 48);
	}
	for (; len >= 16; p += 16, len -= 16)
		a = add_halves(a, p);
	sum = vaddvq_u64(vaddq_u64(vaddq_u64(a, b), vaddq_u64(c, d)));
	if (len >= 8) {
		__builtin_memcpy(&word, p, sizeof(word));
		sum += (word & 0xffffffff) + (word >> 32);
		p += 8;
		len -= 8;
	}
	return sum_finish(sum, p, len);
}

static const struct sum_way neon = {
	.name = "neon",
	.bytes = neon_bytes,
};

const struct sum_way *
sum_neon(void)
{
	return &neon;
}

#else

const struct sum_way *
sum_neon(void)
{
	return NULL;
}

#endif
