/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../check.h"
#include "env.h"
#include "settings.h"
#include "text.h"

#define DEFAULTS "http://127.0.0.1:4001,http://127.0.0.1:2379"

/* NULL: not set. */
static int
read_options(struct settings *settings, struct test_env *t,
    const char *endpoint, const char *endpoints, const char *prefix)
{
	*t = (struct test_env){
		.options = { { "etcd-endpoint", endpoint },
		    { "etcd-endpoints", endpoints },
		    { "etcd-prefix", prefix } },
	};
	test_env_init(t, NULL);
	return settings_read(settings, &t->env);
}

static void
expect_endpoints(const char *endpoint, const char *endpoints, const char *all)
{
	struct settings settings;
	struct test_env t;
	char text[512] = "";

	assert_int_equal(
	    read_options(&settings, &t, endpoint, endpoints, NULL), 0);
	for (size_t i = 0; i < settings.endpoints.n; i++) {
		strcat(text, settings.endpoints.all[i].url);
		strcat(text, " ");
	}
	assert_string_equal(text, all);
	assert_int_equal(settings.endpoints.current, 0);
	settings_fini(&settings);
}

static void
test_endpoints_are_those_that_are_set(void **state)
{
	(void)state;
	expect_endpoints(
	    NULL, NULL, "http://127.0.0.1:4001 http://127.0.0.1:2379 ");
	expect_endpoints(
	    NULL, DEFAULTS, "http://127.0.0.1:4001 http://127.0.0.1:2379 ");
	expect_endpoints("http://a:1", DEFAULTS, "http://a:1 ");
	expect_endpoints("http://a:1", NULL, "http://a:1 ");
	expect_endpoints(NULL, "http://b:2,HTTPS://c", "http://b:2 HTTPS://c ");
	expect_endpoints(
	    "http://a:1", "http://b:2,http://a:1/", "http://a:1 http://b:2 ");
	expect_endpoints("http://[::1]:2379/", NULL, "http://[::1]:2379 ");
	expect_endpoints("http://a:1/etcd//", NULL, "http://a:1/etcd ");
}

static void
expect_bad(const char *name, const char *value)
{
	bool one = strcmp(name, "etcd-endpoint") == 0;
	bool list = strcmp(name, "etcd-endpoints") == 0;
	struct settings settings;
	struct test_env t;
	int rc;

	rc = read_options(&settings, &t, one ? value : NULL,
	    list ? value : NULL, one || list ? NULL : value);
	assert_int_equal(rc, RUDDER_EOPTION);
	assert_int_equal(t.lines[RUDDER_ERROR], 1);
	assert_non_null(strstr(t.line, name));
	if (strchr(value, '@') == NULL)
		assert_non_null(strstr(t.line, value));
	else
		assert_null(strstr(t.line, value));
}

static void
test_a_bad_endpoint_is_told(void **state)
{
	static const char *const bad[] = { "", ",", "127.0.0.1:4001",
		"ftp://a:1", "http://", "http://a:1,", ",http://a:1",
		"http://a:1,,http://b:1", "http://a:1, http://b:1",
		"http://a:1 ", "http://a:99999", "http://a:x", "http://[::1",
		"http://a:1/?x=1", "http://a:1/#x", "http://a:1?",
		"http://a:1#", "http://u:secret@a:1", "unix:///run/etcd",
		"http://a\\b", "http://a:1;http://b:1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_bad("etcd-endpoint", bad[i]);
		expect_bad("etcd-endpoints", bad[i]);
	}
}

static void
expect_prefix(const char *prefix, const char *url, const char *config)
{
	struct settings settings;
	struct test_env t;

	assert_int_equal(read_options(&settings, &t, NULL, NULL, prefix), 0);
	assert_string_equal(settings.url, url);
	assert_string_equal(settings.config, config);
	settings_fini(&settings);
}

static void
test_the_prefix_is_as_etcd_has_it(void **state)
{
	(void)state;
	expect_prefix(
	    NULL, "/v2/keys/coreos.com/network", "/coreos.com/network/config");
	expect_prefix("/a/b///", "/v2/keys/a/b", "/a/b/config");
	expect_prefix("//a//b", "/v2/keys/a/b", "/a/b/config");
	expect_prefix("/", "/v2/keys", "/config");
	expect_prefix(
	    "/a b/50%?#", "/v2/keys/a%20b/50%25%3F%23", "/a b/50%?#/config");
	expect_prefix("/...", "/v2/keys/...", "/.../config");
	expect_prefix("/\xc3\xa9", "/v2/keys/%C3%A9", "/\xc3\xa9/config");
}

static void
test_a_bad_prefix_is_told(void **state)
{
	(void)state;
	expect_bad("etcd-prefix", "");
	expect_bad("etcd-prefix", "a/b");
	expect_bad("etcd-prefix", "/a/./b");
	expect_bad("etcd-prefix", "/a/..");
}

static void
test_the_next_endpoint_comes_after_the_one_that_failed(void **state)
{
	struct endpoints e = { 0 };
	const char *remedy;

	(void)state;
	assert_int_equal(
	    endpoints_add(&e, "http://a,http://b,http://c", &remedy), 0);
	assert_true(endpoints_failed(&e, 0));
	assert_false(endpoints_failed(&e, 0)); /* late news */
	assert_int_equal(e.current, 1);
	endpoints_failed(&e, 1);
	endpoints_failed(&e, 2);
	assert_int_equal(e.current, 0);
	endpoints_fini(&e);
}

static void
test_options_are_a_table_with_an_end(void **state)
{
	const struct rudder_option *o = settings_options;

	(void)state;
	assert_string_equal(o[0].name, "etcd-endpoint");
	assert_null(o[0].def);
	assert_string_equal(o[1].name, "etcd-endpoints");
	assert_string_equal(o[1].def, DEFAULTS);
	assert_string_equal(o[2].name, "etcd-prefix");
	assert_string_equal(o[2].def, "/coreos.com/network");
	while (o->name != NULL) {
		assert_non_null(o->help);
		/* It would be in a list of processes. */
		assert_string_not_equal(o->name, "etcd-password");
		o++;
	}
	assert_int_equal(o - settings_options, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoints_are_those_that_are_set),
		cmocka_unit_test(test_a_bad_endpoint_is_told),
		cmocka_unit_test(test_the_prefix_is_as_etcd_has_it),
		cmocka_unit_test(test_a_bad_prefix_is_told),
		cmocka_unit_test(
		    test_the_next_endpoint_comes_after_the_one_that_failed),
		cmocka_unit_test(test_options_are_a_table_with_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
