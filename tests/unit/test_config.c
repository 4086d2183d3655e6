/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"

#include <string.h>

#include "config.h"
#include "net.h"

static void
test_good_ones(void **state)
{
	/* Text, network, length, first and last subnet. */
	static const struct {
		const char *text, *network;
		unsigned len;
		const char *min, *max;
	} good[] = {
		{ "{\"Network\":\"10.0.0.0/8\"}", "10.0.0.0/8", 24, "10.0.0.0",
		    "10.255.255.0" },
		{ "{\"Network\":\"10.1.0.0/23\"}", "10.1.0.0/23", 24,
		    "10.1.0.0", "10.1.1.0" },
		{ "{\"Network\":\"10.1.5.0/24\"}", "10.1.5.0/24", 25,
		    "10.1.5.0", "10.1.5.128" },
		{ "{\"Network\":\"10.1.5.0/29\"}", "10.1.5.0/29", 30,
		    "10.1.5.0", "10.1.5.4" },
		{ "{\"Network\":\"10.1.7.9/16\"}", "10.1.0.0/16", 24,
		    "10.1.0.0", "10.1.255.0" },
		{ "{\"NETWORK\":\"10.1.0.0/16\",\"subnetlen\":28,\"other\":1,"
		  "\"Subnetmin\":\"10.1.0.16\",\"SUBNETMAX\":\"10.1.0.32\"}",
		    "10.1.0.0/16", 28, "10.1.0.16", "10.1.0.32" },
		{ "{\"Network\":\"1.0.0.0/8\",\"network\":\"10.1.0.0/16\"}",
		    "10.1.0.0/16", 24, "10.1.0.0", "10.1.255.0" },
		{ "{\"Network\":\"10.1.0.0/24\",\"SubnetLen\":24}",
		    "10.1.0.0/24", 24, "10.1.0.0", "10.1.0.0" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":null,"
		  "\"Backend\":null}",
		    "10.1.0.0/16", 24, "10.1.0.0", "10.1.255.0" },
		{ "{\"Network\":\"255.255.0.0/16\"}", "255.255.0.0/16", 24,
		    "255.255.0.0", "255.255.255.0" },
	};
	char why[ERROR_WHY], text[NET_TEXT];
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(config_parse(&c, good[i].text, why), 0);
		assert_string_equal(net_cidr(text, c.network), good[i].network);
		assert_int_equal(c.subnet_len, good[i].len);
		assert_string_equal(net_ip(text, c.subnet_min), good[i].min);
		assert_string_equal(net_ip(text, c.subnet_max), good[i].max);
		config_fini(&c);
	}
}

/* The sentence names the key, the value, and what would be right. */
static void
test_bad_ones(void **state)
{
	static const struct {
		const char *text, *words[3];
	} bad[] = {
		{ "", { "not JSON" } },
		{ "{\"Network\"", { "not JSON", "line 1" } },
		{ "7", { "a number", "must be an object" } },
		{ "{}", { "Network is missing", "10.1.0.0/16" } },
		{ "{\"Network\":7}", { "Network", "a number", "a string" } },
		{ "{\"Network\":\"10.1.0.0\"}", { "Network \"10.1.0.0\"" } },
		{ "{\"Network\":\"10.1.0.0/33\"}", { "10.1.0.0/33" } },
		{ "{\"Network\":\"fd00::/8\"}", { "fd00::/8", "IPv4" } },
		{ "{\"Network\":\"10.1.0.0/30\"}", { "too small", "/29" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":\"24\"}",
		    { "SubnetLen is \"24\", a string", "whole number" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":24.5}",
		    { "SubnetLen", "a fraction" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":15}",
		    { "SubnetLen 15", "16", "30" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":31}",
		    { "SubnetLen 31" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":-1}",
		    { "SubnetLen -1" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.2.0.0\"}",
		    { "SubnetMin 10.2.0.0", "outside" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.1.5.7\"}",
		    { "SubnetMin 10.1.5.7", "10.1.5.0?" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMax\":\"x\"}",
		    { "SubnetMax \"x\"", "10.1.255.0" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.1.9.0\","
		  "\"SubnetMax\":\"10.1.8.0\"}",
		    { "10.1.9.0", "above" } },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":\"udp\"}",
		    { "Backend", "a string", "an object" } },
	};
	char why[ERROR_WHY];
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    config_parse(&c, bad[i].text, why), RUDDER_ECONFIG);
		for (size_t k = 0; k < 3 && bad[i].words[k] != NULL; k++)
			assert_non_null(strstr(why, bad[i].words[k]));
		config_fini(&c);
	}
}

static void
test_backend_is_kept(void **state)
{
	char why[ERROR_WHY];
	struct config c;

	(void)state;
	assert_int_equal(config_parse(&c,
			     "{\"Network\":\"10.1.0.0/16\","
			     "\"Backend\":{\"Type\":\"udp\",\"Port\":9}}",
			     why),
	    0);
	assert_int_equal(json_object_size(c.backend), 2);
	assert_int_equal(config_subnets(&c), 256);
	config_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_ones),
		cmocka_unit_test(test_bad_ones),
		cmocka_unit_test(test_backend_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
