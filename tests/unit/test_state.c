/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of a subnet: its text, and its file. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"
#include "statefile.h"

static void
test_what_is_printed_is_understood(void **state)
{
	static const struct rudder_net nets[] = { { 0x0a010500, 24 }, { 0, 0 },
		{ UINT32_MAX, 32 }, { 0xc0000000, 2 } };
	struct rudder_net net;
	char why[STATEFILE_WHY], *text;
	size_t len;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		f = open_memstream(&text, &len);
		assert_non_null(f);
		statefile_print(f, nets[i]);
		fclose(f);
		assert_int_equal(statefile_parse(text, len, &net, why), 0);
		assert_int_equal(net.addr, nets[i].addr);
		assert_int_equal(net.len, nets[i].len);
		free(text);
	}
}

static void
test_other_names_are_for_other_versions(void **state)
{
	static const char text[] =
	    "OTHER=\nRUDDER_SUBNET=10.1.5.0/24\nRUDDER_SUBNETS=7\n";
	struct rudder_net net;
	char why[STATEFILE_WHY];

	(void)state;
	assert_int_equal(statefile_parse(text, strlen(text), &net, why), 0);
	assert_int_equal(net.addr, 0x0a010500);
}

static void
test_damage_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "", "line 1: there is no RUDDER_SUBNET" },
		{ "A=1\n", "line 2: there is no" },
		{ "RUDDER_SUBNET=10.1.5.0/24", "line 1: its end is missing" },
		{ "A=1\nRUDDER_SUBNET=10.1.5.0/2", "line 2: its end" },
		{ "RUDDER_SUBNET=10.1.5.1/24\n", "line 1: it has no subnet" },
		{ "RUDDER_SUBNET=10.1.5.0/33\n", "line 1" },
		{ "RUDDER_SUBNET=10.1.5.0/240\n", "line 1" },
		{ "RUDDER_SUBNET=10.1.5.0/+4\n", "line 1" },
		{ "RUDDER_SUBNET=10.1.5.0\n", "line 1" },
		{ "RUDDER_SUBNET=\n", "line 1" },
		{ "RUDDER_SUBNET=10.1.5.0/24 \n", "line 1: its value" },
		{ "RUDDER_SUBNET='10.1.5.0/24'\n", "line 1: its value" },
		{ "rudder_subnet=10.1.5.0/24\n", "line 1: its name" },
		{ "\n", "line 1: it is not NAME=VALUE" },
		{ "RUDDER_SUBNET=10.1.5.0/24\nRUDDER_SUBNET=10.1.6.0/24\n",
		    "line 2: it is the second" },
	};
	struct rudder_net net = { 7, 7 };
	char why[STATEFILE_WHY], large[STATEFILE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(statefile_parse(bad[i].text,
				     strlen(bad[i].text), &net, why),
		    -EINVAL);
		assert_non_null(strstr(why, bad[i].where));
	}
	assert_int_equal(statefile_parse("A\0=1\n", 5, &net, why), -EINVAL);
	memset(large, '\n', sizeof(large));
	assert_int_equal(
	    statefile_parse(large, sizeof(large), &net, why), -EINVAL);
	assert_int_equal(net.addr, 7);
}

static void
test_each_overlay_has_a_file_of_its_own(void **state)
{
	static const struct {
		const char *overlay, *path;
	} cases[] = {
		{ "/coreos.com/network", "d/coreos.com-network.env" },
		{ "coreos.com/network", "d/coreos.com-network.env" },
		{ "/coreos.com-network", "d/coreos.com%2Dnetwork.env" },
		{ "/../../etc", "d/%2E.-..-etc.env" },
		{ "/a b\n%", "d/a%20b%0A%25.env" },
		{ "/", "d/.env" },
	};
	char path[PATH_MAX], longest[2 * PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		state_path(path, "d", cases[i].overlay);
		assert_string_equal(path, cases[i].path);
	}
	memset(longest, '%', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	state_path(path, "d", longest);
	assert_true(strlen(path) < sizeof(path));
	state_path(path, longest, "/x");
	assert_true(strlen(path) < sizeof(path));
}

static void
test_file_is_written_and_read(void **state)
{
	char directory[] = "/tmp/state.XXXXXX", path[PATH_MAX];
	char below[PATH_MAX], why[STATE_WHY];
	struct rudder_net net = { 0 };
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(below, sizeof(below), "%s/below", directory);
	state_path(path, below, "/x");
	assert_int_equal(state_read(path, &net, why), -ENOENT);
	assert_int_equal(
	    state_write(path, (struct rudder_net){ 0x0a010500, 24 }), 0);
	assert_int_equal(state_read(path, &net, why), 0);
	assert_int_equal(net.addr, 0x0a010500);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "RUDDER");
	fclose(f);
	assert_int_equal(state_read(path, &net, why), -EINVAL);
	assert_non_null(strstr(why, path));
	assert_non_null(strstr(why, "line 1"));
	assert_non_null(strstr(why, "remove it"));
	assert_int_equal(state_read(below, &net, why), -EISDIR);
	assert_non_null(strstr(why, below));
	assert_int_equal(unlink(path) + rmdir(below) + rmdir(directory), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_printed_is_understood),
		cmocka_unit_test(test_other_names_are_for_other_versions),
		cmocka_unit_test(test_damage_is_refused_with_its_line),
		cmocka_unit_test(test_each_overlay_has_a_file_of_its_own),
		cmocka_unit_test(test_file_is_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
