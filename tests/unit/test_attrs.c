/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	snprintf(a.node_id, sizeof(a.node_id), "%064d", 7);
	snprintf(a.backend, sizeof(a.backend), "%031d", 7);
	attrs_format(value, &a);
	assert_int_equal(attrs_parse(&a, value), 0);
	assert_int_equal(strlen(a.node_id), 64);
}

static void
test_node_id_rides_along(void **state)
{
	struct attrs a = {
		.public_ip = 0xc0a80007, .backend = "udp", .node_id = "lXb0/."
	};
	struct attrs there;
	char value[ATTRS_TEXT];

	(void)state;
	assert_string_equal(attrs_format(value, &a),
	    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"lXb0/.\"}");
	assert_int_equal(attrs_parse(&there, value), 0);
	assert_string_equal(there.node_id, a.node_id);
	assert_int_equal(attrs_parse(&there, "{\"PublicIP\":\"192.168.0.7\","
					     "\"nodeid\":\"x\"}"),
	    0);
	assert_string_equal(there.node_id, "x");
	assert_int_equal(attrs_parse(&there, "{\"PublicIP\":\"192.168.0.7\","
					     "\"NodeID\":7}"),
	    0);
	assert_string_equal(there.node_id, "");
}

/* What a longer one begins with is not it. */
static void
test_long_node_id_is_no_other(void **state)
{
	struct attrs a = { .public_ip = 0xc0a80007, .backend = "udp" };
	char value[512];

	(void)state;
	snprintf(a.node_id, sizeof(a.node_id), "%064d", 0);
	assert_true(attrs_is_node_id(a.node_id));
	snprintf(value, sizeof(value),
	    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"%0200d\"}", 0);
	assert_false(attrs_match(&a, value));
}

static void
test_what_others_wrote_is_kept(void **state)
{
	static const struct {
		const char *there, *want;
	} cases[] = {
		/* It says what we say: not a byte changes. */
		{ "{ \"x\" : [1], \"publicip\":\"192.168.0.7\","
		  "\"nodeID\":\"me\" }",
		    "{ \"x\" : [1], \"publicip\":\"192.168.0.7\","
		    "\"nodeID\":\"me\" }" },
		/* Without us in it. */
		{ "{\"PublicIP\":\"192.168.0.7\"}",
		    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"me\"}" },
		{ "{\"PublicIP\":\"192.168.0.7\",\"PublicIPv6\":null,"
		  "\"BackendType\":\"udp\",\"x\":{\"y\":[1]}}",
		    "{\"PublicIP\":\"192.168.0.7\",\"PublicIPv6\":null,"
		    "\"BackendType\":\"udp\",\"x\":{\"y\":[1]},"
		    "\"NodeID\":\"me\"}" },
		/* With another address, and in another spelling. */
		{ "{\"publicIP\":\"192.168.0.6\",\"x\":1,"
		  "\"NODEID\":\"me\"}",
		    "{\"x\":1,\"PublicIP\":\"192.168.0.7\","
		    "\"NodeID\":\"me\"}" },
		/* Of another backend: its data would be wrong now. */
		{ "{\"PublicIP\":\"192.168.0.7\",\"BackendType\":\"vxlan\","
		  "\"BackendData\":{\"VNI\":1}}",
		    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"me\"}" },
		{ "", "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"me\"}" },
		{ "[]", "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"me\"}" },
	};
	struct attrs a = {
		.public_ip = 0xc0a80007, .backend = "udp", .node_id = "me"
	};
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = attrs_complete(&a, cases[i].there);
		assert_non_null(text);
		assert_string_equal(text, cases[i].want);
		assert_true(attrs_match(&a, text));
		free(text);
	}
	assert_int_equal(attrs_match(&a, cases[0].there), true);
	assert_int_equal(attrs_match(&a, cases[1].there), false);
}

/* A question is written into a value, and taken out by its owner. */
static void
test_question_comes_and_goes(void **state)
{
	static const char there[] =
	    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"me\",\"x\":1}";
	struct attrs a = { .public_ip = 0xc0a80007,
		.backend = "udp",
		.node_id = "me",
		.asked_by = 0xc0a80009 };
	struct attrs read;
	char *asked = attrs_complete(&a, there), *text;

	(void)state;
	assert_non_null(asked);
	assert_string_equal(asked,
	    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"me\",\"x\":1,"
	    "\"AskedBy\":\"192.168.0.9\"}");
	assert_int_equal(attrs_parse(&read, asked), 0);
	assert_int_equal(read.asked_by, 0xc0a80009);
	a.asked_by = 0;
	assert_false(attrs_match(&a, asked));
	text = attrs_complete(&a, asked);
	assert_non_null(text);
	assert_string_equal(text, there);
	free(text);
	free(asked);
}

/* Without a node id of our own, any is as good. */
static void
test_without_a_node_id_bytes_are_the_original_ones(void **state)
{
	static const char there[] =
	    "{\"PublicIP\":\"192.168.0.7\",\"NodeID\":\"you\"}";
	struct attrs a = { .public_ip = 0xc0a80007, .backend = "udp" };
	char *text = attrs_complete(&a, there);

	(void)state;
	assert_non_null(text);
	assert_string_equal(text, there);
	free(text);
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
		cmocka_unit_test(test_node_id_rides_along),
		cmocka_unit_test(test_long_node_id_is_no_other),
		cmocka_unit_test(test_what_others_wrote_is_kept),
		cmocka_unit_test(test_question_comes_and_goes),
		cmocka_unit_test(
		    test_without_a_node_id_bytes_are_the_original_ones),
		cmocka_unit_test(test_every_writer_of_the_family_is_read),
		cmocka_unit_test(test_nonsense_claims_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
