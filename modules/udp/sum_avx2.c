/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "sum.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* The 32-bit halves apart, in lanes of 64: no carry is lost. */
AVX2 static inline __m256i
add_halves(__m256i sum, __m256i v)
{
	const __m256i low = _mm256_set1_epi64x(0xffffffff);

	sum = _mm256_add_epi64(sum, _mm256_and_si256(v, low));
	return _mm256_add_epi64(sum, _mm256_srli_epi64(v, 32));
}

AVX2 static inline __m256i
load(const uint8_t *p)
{
	return _mm256_loadu_si256((const void *)p);
}

/* Four lanes of less than 2^62 each. */
AVX2 static inline uint64_t
add_lanes(__m256i v)
{
	__m128i two = _mm_add_epi64(
	    _mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

	return (uint64_t)_mm_cvtsi128_si64(two) +
	       (uint64_t)_mm_extract_epi64(two, 1);
}

AVX2 static uint16_t
avx2_bytes(const void *data, size_t len)
{
	const uint8_t *p = data;
	__m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
	uint64_t sum, word;

	for (; len >= 128; p += 128, len -= 128) {
		a = add_halves(a, load(p));
		b = add_halves(b, load(p + 32));
		c = add_halves(c, load(p + 64));
		d = add_halves(d, load(p + 96));
	}
	for (; len >= 32; p += 32, len -= 32)
		a = add_halves(a, load(p));
	a = _mm256_add_epi64(_mm256_add_epi64(a, b), _mm256_add_epi64(c, d));
	sum = add_lanes(a);
	for (; len >= 8; p += 8, len -= 8) {
		__builtin_memcpy(&word, p, sizeof(word));
		sum += (word & 0xffffffff) + (word >> 32);
	}
	return sum_finish(sum, p, len);
}

static const struct sum_way avx2 = {
	.name = "avx2",
	.bytes = avx2_bytes,
};

/* Registers that the kernel saves: SSE and AVX (Intel SDM 1, 13.3). */
__attribute__((target("xsave"))) static bool
is_saved(void)
{
	return (_xgetbv(0) & 6) == 6;
}

/*
 * Asked of the processor itself: __builtin_cpu_supports() would bring a
 * variable into the module.
 */
static bool
is_there(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_OSXSAVE) == 0 ||
	    !is_saved())
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2) != 0;
}

const struct sum_way *
sum_avx2(void)
{
	return is_there() ? &avx2 : NULL;
}

#else

const struct sum_way *
sum_avx2(void)
{
	return NULL;
}

#endif
