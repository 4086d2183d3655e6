/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "../check.h"
#include "options.h"

static const struct rudder_option table[] = {
	{ .name = "switch", .type = RUDDER_BOOL, .def = "true" },
	{ .name = NULL },
};

/* Whatever a user writes, a module sees one of two words. */
static void
test_a_switch_has_many_spellings(void **state)
{
	static const char *const spellings[][2] = {
		{ "true", "false" },
		{ "True", "False" },
		{ "TRUE", "FALSE" },
		{ "t", "f" },
		{ "T", "F" },
		{ "1", "0" },
		{ "on", "off" },
	};
	static const char *const neither[] = { "", "yes", "o", "onn", "offf",
		"2", "-1", "true " };
	char why[ERROR_WHY];
	struct options o;

	(void)state;
	options_init(&o);
	options_add(&o, table);
	assert_string_equal(options_get(&o, table), "true");
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		assert_int_equal(
		    options_set(&o, table, spellings[i][1], why), 0);
		assert_string_equal(options_get(&o, table), "false");
		assert_int_equal(
		    options_set(&o, table, spellings[i][0], why), 0);
		assert_string_equal(options_get(&o, table), "true");
	}
	for (size_t i = 0; i < sizeof(neither) / sizeof(*neither); i++)
		assert_int_equal(
		    options_set(&o, table, neither[i], why), RUDDER_EOPTION);
	assert_string_equal(options_get(&o, table), "true");
	options_fini(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_switch_has_many_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
