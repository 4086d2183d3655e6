/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "../check.h"
#include "net.h"

static void
test_ip_is_read_whole_or_not_at_all(void **state)
{
	static const char *const bad[] = { "", "1", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4", "01.2.3.4",
		"1.2.3.4x", "1..3.4", "1.2.3.", "99999999999.1.1.1", "::1" };
	uint32_t addr = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(net_parse_ip(bad[i], &addr), -EINVAL);
	assert_int_equal(addr, 7);
	assert_int_equal(net_parse_ip("10.1.5.7", &addr), 0);
	assert_int_equal(addr, 0x0a010507);
	assert_int_equal(net_parse_ip("255.255.255.255", &addr), 0);
	assert_int_equal(addr, UINT32_MAX);
}

/* As Go's ParseCIDR: the host bits are masked off. */
static void
test_cidr_is_masked(void **state)
{
	struct rudder_net net;

	(void)state;
	assert_int_equal(net_parse_cidr("10.1.5.7/16", &net), 0);
	assert_int_equal(net.addr, 0x0a010000);
	assert_int_equal(net.len, 16);
	assert_int_equal(net_parse_cidr("1.2.3.4/0", &net), 0);
	assert_int_equal(net.addr, 0);
	assert_int_equal(net_parse_cidr("1.2.3.4/33", &net), -EINVAL);
	assert_int_equal(net_parse_cidr("1.2.3.4", &net), -EINVAL);
	assert_int_equal(net_parse_cidr("1.2.3.4/", &net), -EINVAL);
	assert_int_equal(net_parse_cidr("1.2.3.4/024", &net), -EINVAL);
}

/* The original's expression let "10x1x5x0-24" and "10.1.5.0-2456" through. */
static void
test_key_is_strict(void **state)
{
	static const char *const bad[] = { "10.1.5.0", "10.1.5.0-",
		"10x1x5x0-24", "10.1.5.0-33", "10.1.5.0-2456", "10.1.5.7-24",
		"10.1.5.0/24", "10.1.5.0-24&fd00::-64", "garbage" };
	struct rudder_net net;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(net_parse_key(bad[i], &net), -EINVAL);
	assert_int_equal(net_parse_key("10.1.5.0-24", &net), 0);
	assert_int_equal(net.addr, 0x0a010500);
	assert_int_equal(net_parse_key("10.1.5.7-32", &net), 0);
	assert_int_equal(net_parse_key("0.0.0.0-0", &net), 0);
}

static void
test_text_is_what_was_read(void **state)
{
	struct rudder_net net;
	char text[NET_TEXT];

	(void)state;
	assert_int_equal(net_parse_key("255.255.255.255-32", &net), 0);
	assert_string_equal(net_key(text, net), "255.255.255.255-32");
	assert_string_equal(net_cidr(text, net), "255.255.255.255/32");
	assert_string_equal(net_ip(text, net.addr), "255.255.255.255");
}

static void
test_networks_hold_and_overlap(void **state)
{
	struct rudder_net all = { 0, 0 }, a, b, c;

	(void)state;
	assert_int_equal(net_parse_cidr("10.1.0.0/16", &a), 0);
	assert_int_equal(net_parse_cidr("10.1.5.0/24", &b), 0);
	assert_int_equal(net_parse_cidr("10.2.0.0/16", &c), 0);
	assert_true(net_within(b, a));
	assert_false(net_within(a, b));
	assert_true(net_overlap(a, b));
	assert_true(net_overlap(b, a));
	assert_false(net_overlap(b, c));
	assert_true(net_within(c, all));
	assert_true(net_size(all) == UINT64_C(1) << 32);
	assert_int_equal(net_size(b), 256);
}

static void
test_some_addresses_are_no_host(void **state)
{
	static const char *const none[] = { "0.0.0.0", "0.255.255.255",
		"127.0.0.1", "127.255.255.255", "224.0.0.0", "239.1.2.3",
		"240.0.0.1", "255.255.255.255" };
	static const char *const hosts[] = { "1.0.0.0", "10.1.2.3",
		"126.255.255.255", "128.0.0.1", "169.254.1.1",
		"223.255.255.255" };
	uint32_t ip;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(net_parse_ip(none[i], &ip), 0);
		assert_false(net_is_host(ip));
	}
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		assert_int_equal(net_parse_ip(hosts[i], &ip), 0);
		assert_true(net_is_host(ip));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip_is_read_whole_or_not_at_all),
		cmocka_unit_test(test_cidr_is_masked),
		cmocka_unit_test(test_key_is_strict),
		cmocka_unit_test(test_text_is_what_was_read),
		cmocka_unit_test(test_networks_hold_and_overlap),
		cmocka_unit_test(test_some_addresses_are_no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
