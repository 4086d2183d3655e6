/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "sum.h"
#include "super.h"

#define LONG 70000

/* Each way of this machine against the sum word by word. */
static void
check_ways(const uint8_t *p, size_t len)
{
	unsigned want = super_sum(p, len, 0);
	const struct sum_way *way;

	for (size_t i = 0; (way = sum_way(i)) != NULL; i++)
		if (way->bytes(p, len) != want)
			fail_msg("%s: %zu bytes: %x, not %x", way->name, len,
			    way->bytes(p, len), want);
}

static void
test_every_short_length_at_every_offset(void **state)
{
	uint64_t chance = 1;
	uint8_t *buf = malloc(64 + 600);

	(void)state;
	assert_non_null(buf);
	for (size_t i = 0; i < 64 + 600; i++)
		buf[i] = (uint8_t)super_random(&chance);
	for (size_t at = 0; at < 64; at++)
		for (size_t len = 0; len <= 600; len++)
			check_ways(buf + at, len);
	free(buf);
}

/* Carries everywhere, and none at all. */
static void
test_ones_and_zeros(void **state)
{
	uint8_t *buf = malloc(LONG);

	(void)state;
	assert_non_null(buf);
	for (size_t len = 0; len < LONG; len += 1 + len / 3) {
		memset(buf, 0xff, LONG);
		check_ways(buf, len);
		memset(buf, 0, LONG);
		check_ways(buf, len);
		assert_int_equal(sum_best()->bytes(buf, len), 0);
	}
	free(buf);
}

static void
test_long_ones_by_chance(void **state)
{
	uint64_t chance = 2;
	uint8_t *buf = malloc(LONG);
	size_t at;

	(void)state;
	assert_non_null(buf);
	for (size_t i = 0; i < LONG; i++)
		buf[i] = (uint8_t)super_random(&chance);
	for (int i = 0; i < 500; i++) {
		at = super_below(&chance, 256);
		check_ways(buf + at, super_below(&chance, LONG - 256));
	}
	free(buf);
}

/* The end of a page, as it were: nothing behind the bytes is read. */
static void
test_reads_nothing_behind_the_end(void **state)
{
	uint8_t *buf;

	(void)state;
	for (size_t len = 1; len < 300; len++) {
		buf = malloc(len);
		assert_non_null(buf);
		memset(buf, 0x5a, len);
		check_ways(buf, len);
		free(buf);
	}
}

static void
test_parts_make_a_whole(void **state)
{
	uint64_t chance = 3;
	uint8_t buf[300];
	uint16_t a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)super_random(&chance);
	for (size_t cut = 0; cut <= sizeof(buf); cut++) {
		a = sum_best()->bytes(buf, cut);
		b = sum_best()->bytes(buf + cut, sizeof(buf) - cut);
		if (cut % 2 != 0)
			b = sum_swap(b);
		assert_int_equal(
		    sum_fold((uint32_t)a + b), super_sum(buf, sizeof(buf), 0));
	}
}

/* RFC 1071, 3: the example of the numbers there. */
static void
test_the_example_of_the_rfc(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5,
		0xf6, 0xf7 };
	const struct sum_way *way;

	(void)state;
	for (size_t i = 0; (way = sum_way(i)) != NULL; i++)
		assert_int_equal(way->bytes(bytes, sizeof(bytes)), 0xddf2);
	assert_int_equal(sum_fold(0xffffffff), 0xffff);
	assert_int_equal(sum_fold(0x0001ffff), 1);
}

static void
test_pseudo_header(void **state)
{
	uint8_t ip[IP_HEADER] = { 0 };

	(void)state;
	wire_put32(ip + IP_SRC, 0xfffefffd);
	wire_put32(ip + IP_DST, 0x0a010507);
	ip[IP_PROTO] = IP_PROTO_UDP;
	assert_int_equal(
	    sum_fold(sum_pseudo(ip, 65515)), super_pseudo(ip, 65515));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_short_length_at_every_offset),
		cmocka_unit_test(test_ones_and_zeros),
		cmocka_unit_test(test_long_ones_by_chance),
		cmocka_unit_test(test_reads_nothing_behind_the_end),
		cmocka_unit_test(test_parts_make_a_whole),
		cmocka_unit_test(test_the_example_of_the_rfc),
		cmocka_unit_test(test_pseudo_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
