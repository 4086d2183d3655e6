/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"

#include "attrs.h"

/* To the byte what the family's udp backend writes (F05). */
static void
test_golden_bytes(void **state)
{
	struct attrs a = { .public_ip = 0xc0a80007, .backend = "udp" };
	char value[ATTRS_TEXT];

	(void)state;
	assert_string_equal(
	    attrs_format(value, &a), "{\"PublicIP\":\"192.168.0.7\"}");
	a = (struct attrs){ .public_ip = UINT32_MAX, .backend = "other" };
	assert_string_equal(attrs_format(value, &a),
	    "{\"PublicIP\":\"255.255.255.255\",\"BackendType\":\"other\"}");
}

static void
test_every_writer_of_the_family_is_read(void **state)
{
	static const char *const good[] = {
		"{\"PublicIP\":\"192.168.0.7\"}",
		"{\"publicip\":\"192.168.0.7\"}",
		"{\"PublicIP\":\"192.168.0.7\",\"PublicIPv6\":null}",
		"{\"PublicIP\":\"192.168.0.7\",\"BackendType\":\"udp\"}",
		("{\"PublicIP\":\"192.168.0.7\",\"BackendType\":\"\","
		 "\"BackendData\":{\"VNI\":1}}"),
		" { \"PublicIP\" : \"192.168.0.7\" } ",
	};
	struct attrs a;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(attrs_parse(&a, good[i]), 0);
		assert_int_equal(a.public_ip, 0xc0a80007);
		assert_string_equal(a.backend, "udp");
	}
	assert_int_equal(attrs_parse(&a, "{\"PublicIP\":\"192.168.0.7\","
					 "\"BackendType\":\"vxlan\"}"),
	    0);
	assert_string_equal(a.backend, "vxlan");
}

static void
test_nonsense_claims_nothing(void **state)
{
	static const char *const bad[] = { "", "null", "[]", "7", "{", "{}",
		"{\"PublicIP\":null}", "{\"PublicIP\":7}",
		"{\"PublicIP\":\"\"}", "{\"PublicIP\":\"fe80::1\"}",
		"{\"PublicIP\":\"192.168.0.256\"}",
		"{\"PublicIP\":\"192.168.0.7\"} trailing" };
	struct attrs a = { .public_ip = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(attrs_parse(&a, bad[i]) < 0);
	assert_int_equal(a.public_ip, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_bytes),
		cmocka_unit_test(test_every_writer_of_the_family_is_read),
		cmocka_unit_test(test_nonsense_claims_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
