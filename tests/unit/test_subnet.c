/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"

#include <stdlib.h>

#include "net.h"
#include "subnet.h"

static struct config
config_of(const char *network, uint8_t len)
{
	struct config c = { .subnet_len = len };

	assert_int_equal(net_parse_cidr(network, &c.network), 0);
	c.subnet_min = c.network.addr;
	c.subnet_max =
	    (c.network.addr | ~net_mask(c.network.len)) & net_mask(len);
	return c;
}

static void
test_draws_from_the_first_hundred(void **state)
{
	struct config c = config_of("10.1.0.0/16", 24);
	struct rudder_net free_ones[SUBNET_DRAW];

	(void)state;
	assert_int_equal(
	    subnet_free(&c, NULL, 0, free_ones, SUBNET_DRAW), SUBNET_DRAW);
	assert_int_equal(free_ones[0].addr, 0x0a010000);
	assert_int_equal(free_ones[99].addr, 0x0a016300);
	c.subnet_min = 0x0a010500;
	c.subnet_max = 0x0a010600;
	assert_int_equal(subnet_free(&c, NULL, 0, free_ones, SUBNET_DRAW), 2);
	assert_int_equal(free_ones[0].addr, 0x0a010500);
	assert_int_equal(free_ones[1].addr, 0x0a010600);
}

/* The original wrapped at 255.255.255.0 and never came back (F29). */
static void
test_ends_at_the_end_of_all_addresses(void **state)
{
	struct config c = config_of("255.255.255.0/24", 30);
	struct rudder_net free_ones[SUBNET_DRAW];

	(void)state;
	assert_int_equal(subnet_free(&c, NULL, 0, free_ones, SUBNET_DRAW), 64);
	assert_int_equal(free_ones[63].addr, 0xfffffffc);
	c = config_of("0.0.0.0/0", 24);
	assert_int_equal(
	    subnet_free(&c, NULL, 0, free_ones, SUBNET_DRAW), SUBNET_DRAW);
}

/* As after a race: more to draw from, as far as there is room and are any. */
static void
test_as_many_as_there_is_room_for(void **state)
{
	struct config c = config_of("10.1.0.0/16", 24);
	struct rudder_net free_ones[2 * SUBNET_DRAW + 100];

	(void)state;
	assert_int_equal(
	    subnet_free(&c, NULL, 0, free_ones, 2 * SUBNET_DRAW), 200);
	assert_int_equal(free_ones[199].addr, 0x0a010000 + 199 * 256);
	assert_int_equal(subnet_free(&c, NULL, 0, free_ones, 300), 256);
}

/* Against the plainest possible way, with leases of every length. */
static void
test_free_is_what_overlaps_nothing(void **state)
{
	struct config c = config_of("10.1.0.0/18", 24);
	struct rudder_net free_ones[SUBNET_DRAW], taken[40];

	(void)state;
	srandom(1);
	for (int round = 0; round < 2000; round++) {
		size_t n = (size_t)random() % 40, found, k = 0;

		for (size_t i = 0; i < n; i++) {
			taken[i].len = (uint8_t)(20 + random() % 13);
			taken[i].addr =
			    (0x0a010000 | ((uint32_t)random() & 0x7fff)) &
			    net_mask(taken[i].len);
		}
		found = subnet_free(&c, taken, n, free_ones, SUBNET_DRAW);
		for (uint32_t a = c.subnet_min; a <= c.subnet_max; a += 256) {
			struct rudder_net net = { a, 24 };
			bool is_free = true;

			for (size_t i = 0; i < n; i++)
				is_free &= !net_overlap(net, taken[i]);
			if (!is_free)
				continue;
			assert_true(k < found);
			assert_true(net_equal(free_ones[k++], net));
		}
		assert_int_equal(k, found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draws_from_the_first_hundred),
		cmocka_unit_test(test_ends_at_the_end_of_all_addresses),
		cmocka_unit_test(test_as_many_as_there_is_room_for),
		cmocka_unit_test(test_free_is_what_overlaps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
