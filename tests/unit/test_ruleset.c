/* SPDX-License-Identifier: Apache-2.0 */
/* What nftables is asked for, to the letter. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "ruleset.h"

static const struct rudder_lease lease = {
	.network = { 0x0a010000, 16 },
	.subnet = { 0x0a010500, 24 },
	.mtu = 1472,
	.device = "rudder0",
};

static void
test_names(void **state)
{
	char name[RULESET_NAME];

	(void)state;
	assert_int_equal(ruleset_name(name, "rudder0"), 0);
	assert_string_equal(name, "rudder-rudder0");
	assert_int_equal(ruleset_name(name, "tun-a.b_C9"), 0);
	assert_int_equal(ruleset_name(name, "a\"b"), -EINVAL);
	assert_int_equal(ruleset_name(name, "a b"), -EINVAL);
	assert_int_equal(ruleset_name(name, "a;b"), -EINVAL);
	assert_int_equal(ruleset_name(name, "rudder*"), -EINVAL);
}

static void
test_masquerades(void **state)
{
	char text[RULESET_TEXT];

	(void)state;
	ruleset_masquerade(text, "rudder-rudder0", &lease, true);
	assert_string_equal(text,
	    "add table ip rudder-rudder0\n"
	    "delete table ip rudder-rudder0\n"
	    "table ip rudder-rudder0 {\n"
	    "\tchain postrouting {\n"
	    "\t\ttype nat hook postrouting priority 100; policy accept;\n"
	    "\t\tmeta mark & 0x4000 == 0x4000 return\n"
	    "\t\tip daddr 224.0.0.0/4 return\n"
	    "\t\toifname \"rudder0\" ip saddr != 10.1.0.0/16 "
	    "fib saddr type local masquerade fully-random\n"
	    "\t\tip daddr 10.1.0.0/16 return\n"
	    "\t\tip saddr 10.1.5.0/24 masquerade fully-random\n"
	    "\t}\n"
	    "}\n");
	ruleset_masquerade(text, "rudder-rudder0", &lease, false);
	assert_null(strstr(text, "random"));
	assert_non_null(strstr(text, "ip saddr 10.1.5.0/24 masquerade\n"));
	ruleset_no_masquerade(text, "rudder-rudder0");
	assert_string_equal(text, "add table ip rudder-rudder0\n"
				  "delete table ip rudder-rudder0\n");
}

#define LIST(items) "{\"nftables\":[{\"metainfo\":{}}," items "]}"
#define CHAIN "{\"chain\":{\"family\":\"ip\",\"table\":\"filter\"}}"
#define JUMP(handle, chain)             \
	"{\"rule\":{\"handle\":" handle \
	",\"expr\":[{\"counter\":{}},{\"jump\":{\"target\":\"" chain "\"}}]}}"
#define OURS(handle) JUMP(handle, "rudder-rudder0")
#define OTHERS "{\"rule\":{\"handle\":3,\"expr\":[{\"drop\":null}]}}"
#define NEIGHBOUR JUMP("5", "rudder-rudder1") "," JUMP("6", "DOCKER")
#define RETURN                                                           \
	"{\"rule\":{\"handle\":9,\"expr\":[{\"counter\":{}},{\"return\"" \
	":null}]}}"
#define RETURN_SOME                                                    \
	"{\"rule\":{\"handle\":9,\"expr\":[{\"match\":{}},{\"return\"" \
	":null}]}}"

static void
test_reads_a_chain(void **state)
{
	struct ruleset_chain c = { .name = "FORWARD", .n = 7 };

	(void)state;
	ruleset_read(&c, LIST(CHAIN), "rudder-rudder0");
	assert_true(c.exists);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.end, 0);

	ruleset_read(&c,
	    LIST(CHAIN "," OURS("4") "," OTHERS "," NEIGHBOUR
				     "," OURS("7") "," RETURN),
	    "rudder-rudder0");
	assert_int_equal(c.n, 2);
	assert_int_equal(c.ours[0], 4);
	assert_int_equal(c.ours[1], 7);
	assert_int_equal(c.end, 9);
	assert_string_equal(c.name, "FORWARD");

	ruleset_read(&c, LIST(CHAIN "," OURS("4") "," NEIGHBOUR), "");
	assert_int_equal(c.n, 2);
	ruleset_read(&c, LIST(CHAIN "," RETURN "," OTHERS), "");
	assert_int_equal(c.end, 0);
	ruleset_read(&c, LIST(CHAIN "," RETURN_SOME), "");
	assert_int_equal(c.end, 0);
}

static void
test_reads_what_is_no_chain(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null",
		"{\"nftables\":3}", "{\"nftables\":[3,null,{\"rule\":3}]}",
		LIST("{}") };
	struct ruleset_chain c = { .name = "FORWARD" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ruleset_read(&c, texts[i], "rudder-rudder0");
		assert_false(c.exists);
		assert_int_equal(c.n, 0);
	}
}

static void
test_forwards(void **state)
{
	struct ruleset_chain c[2] = { { .name = "DOCKER-USER" },
		{ .name = "FORWARD" } };
	char text[RULESET_TEXT];

	(void)state;
	ruleset_forward(text, c, "rudder-rudder0", &lease.network);
	assert_string_equal(text, "");
	assert_true(ruleset_forwards(c));

	c[1].exists = true;
	assert_false(ruleset_forwards(c));
	ruleset_forward(text, c, "rudder-rudder0", &lease.network);
	assert_string_equal(text,
	    "add chain ip filter rudder-rudder0\n"
	    "flush chain ip filter rudder-rudder0\n"
	    "add rule ip filter rudder-rudder0 ip saddr 10.1.0.0/16 counter "
	    "accept\n"
	    "add rule ip filter rudder-rudder0 ip daddr 10.1.0.0/16 counter "
	    "accept\n"
	    "add rule ip filter FORWARD counter jump rudder-rudder0\n");

	c[1].n = 1;
	c[1].ours[0] = 5;
	assert_true(ruleset_forwards(c));
	c[0].exists = true;
	c[0].end = 3;
	assert_false(ruleset_forwards(c));
	ruleset_forward(text, c, "rudder-rudder0", &lease.network);
	assert_string_equal(text,
	    "delete rule ip filter FORWARD handle 5\n"
	    "add chain ip filter rudder-rudder0\n"
	    "flush chain ip filter rudder-rudder0\n"
	    "add rule ip filter rudder-rudder0 ip saddr 10.1.0.0/16 counter "
	    "accept\n"
	    "add rule ip filter rudder-rudder0 ip daddr 10.1.0.0/16 counter "
	    "accept\n"
	    "insert rule ip filter DOCKER-USER handle 3 counter jump "
	    "rudder-rudder0\n");
	ruleset_no_jumps(text, c);
	assert_string_equal(text, "delete rule ip filter FORWARD handle 5\n");
}

#define CHAIN_OF(table, name)                              \
	"{\"chain\":{\"family\":\"ip\",\"table\":\"" table \
	"\",\"name\":\"" name "\"}}"

static void
test_deletes_our_chains(void **state)
{
	static const char chains[] =
	    LIST(CHAIN_OF("filter", "FORWARD") "," CHAIN_OF(
		"filter", "rudder-rudder0") "," CHAIN_OF("nat",
		"rudder-rudder0") "," CHAIN_OF("filter", "rudder-rudder1"));
	char text[RULESET_TEXT] = "";

	(void)state;
	assert_int_equal(ruleset_add_chains(text, chains, "rudder-rudder1"), 1);
	assert_string_equal(text, "flush chain ip filter rudder-rudder1\n"
				  "delete chain ip filter rudder-rudder1\n");
	assert_int_equal(ruleset_add_chains(text, chains, ""), 2);
	assert_int_equal(ruleset_add_chains(text, "", ""), 0);
}

#define TABLE(name) "{\"table\":{\"family\":\"ip\",\"name\":\"" name "\"}}"

static void
test_deletes_our_tables(void **state)
{
	char text[RULESET_TEXT] = "first\n";

	(void)state;
	assert_int_equal(
	    ruleset_add_tables(
		text, LIST(TABLE("nat") "," TABLE("rudder-rudder0") "," TABLE(
			  "rudder") "," TABLE("rudder-rudder1"))),
	    2);
	assert_string_equal(text, "first\n"
				  "delete table ip rudder-rudder0\n"
				  "delete table ip rudder-rudder1\n");
	assert_int_equal(ruleset_add_tables(text, ""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_masquerades),
		cmocka_unit_test(test_reads_a_chain),
		cmocka_unit_test(test_reads_what_is_no_chain),
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_deletes_our_chains),
		cmocka_unit_test(test_deletes_our_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
