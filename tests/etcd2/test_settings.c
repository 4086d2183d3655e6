/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- Certificates, user and password ----------------------------------- */

/* A file with that in it; its path, until the next call. */
static const char *
file(const char *text, mode_t mode)
{
	static char path[64];
	int fd;

	if (path[0] != '\0')
		unlink(path);
	strcpy(path, "/tmp/rudder-settings-XXXXXX");
	fd = mkstemp(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

/* Options and values, one after the other; a NULL ends them. */
static int
read_creds(
    struct settings *settings, struct test_env *t, const char *const *options)
{
	*t = (struct test_env){ 0 };
	for (size_t i = 0; options[i * 2] != NULL; i++) {
		t->options[i].name = options[i * 2];
		t->options[i].value = options[i * 2 + 1];
	}
	test_env_init(t, NULL);
	return settings_read(settings, &t->env);
}

/* One line, with the name, the value and these words of the remedy. */
static void
expect_refusal(
    const char *name, const char *value, const char *other, const char *words)
{
	const char *options[] = { name, value, other, "alice", NULL };
	struct settings settings;
	struct test_env t;

	assert_int_equal(read_creds(&settings, &t, options), RUDDER_EOPTION);
	assert_int_equal(t.lines[RUDDER_ERROR], 1);
	assert_non_null(strstr(t.line, name));
	assert_non_null(strstr(t.line, value));
	if (strstr(t.line, words) == NULL)
		fail_msg("\"%s\" has no \"%s\"", t.line, words);
	assert_null(settings.creds.password);
	assert_null(settings.creds.cafile);
}

static void
test_a_file_that_cannot_be_read_is_told(void **state)
{
	static const char *const names[] = { "etcd-cafile", "etcd-certfile",
		"etcd-keyfile", "etcd-password-file" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const char *user = i == 3 ? "etcd-username" : NULL;

		expect_refusal(names[i], "/nosuch/x.pem", user, "No such file");
		expect_refusal(names[i], "/tmp", user, "not a file");
		expect_refusal(names[i], "/dev/zero", user, "not a file");
	}
}

static void
test_a_certificate_and_its_key_come_together(void **state)
{
	const char *pem = file("x", 0600);

	(void)state;
	expect_refusal("etcd-certfile", pem, NULL, "set etcd-keyfile");
	expect_refusal("etcd-keyfile", pem, NULL, "set etcd-certfile");
}

static void
test_a_user_and_his_password_come_together(void **state)
{
	(void)state;
	expect_refusal(
	    "etcd-password-file", file("x", 0600), NULL, "set etcd-username");
	expect_refusal("etcd-username", "alice", NULL, "etcd-password-file");
	expect_refusal("etcd-username", "al:ice", NULL, "colon");
}

static void
test_a_password_is_one_line(void **state)
{
	static const char *const bad[] = { "", "\n", "\r\n", "a\nb\n",
		"a\n\n" };
	char longest[1200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refusal("etcd-password-file", file(bad[i], 0600),
		    "etcd-username", i < 3 ? "empty" : "one line");
	memset(longest, 'x', sizeof(longest));
	longest[1025] = '\0';
	expect_refusal(
	    "etcd-password-file", file(longest, 0600), "etcd-username", "1024");
}

static void
expect_password(const char *text, mode_t mode, const char *password)
{
	const char *options[] = { "etcd-username", "alice",
		"etcd-password-file", file(text, mode), NULL };
	struct settings settings;
	struct test_env t;

	assert_int_equal(read_creds(&settings, &t, options), 0);
	assert_string_equal(settings.creds.user, "alice");
	assert_string_equal(settings.creds.password, password);
	assert_int_equal(t.lines[RUDDER_WARNING], mode & 4 ? 1 : 0);
	assert_null(strstr(t.line, password));
	settings_fini(&settings);
	assert_null(settings.creds.password);
}

static void
test_the_end_of_the_line_is_not_of_the_password(void **state)
{
	(void)state;
	expect_password("secret", 0600, "secret");
	expect_password("secret\n", 0640, "secret");
	expect_password("secret\r\n", 0600, "secret");
	expect_password(" s e:cret \n", 0600, " s e:cret ");
	expect_password("secret", 0644, "secret"); /* with a warning */
}

static void
test_the_file_goes_before_the_environment(void **state)
{
	static const char *const user[] = { "etcd-username", "alice", NULL };
	struct settings settings;
	struct test_env t;

	(void)state;
	setenv("FLANNELD_ETCD_PASSWORD", "flannel's", 1);
	assert_int_equal(read_creds(&settings, &t, user), 0);
	assert_string_equal(settings.creds.password, "flannel's");
	settings_fini(&settings);
	setenv("RUDDERD_ETCD_PASSWORD", "rudder's", 1);
	assert_int_equal(read_creds(&settings, &t, user), 0);
	assert_string_equal(settings.creds.password, "rudder's");
	settings_fini(&settings);
	expect_password("the file's", 0600, "the file's");
	unsetenv("RUDDERD_ETCD_PASSWORD");
	assert_int_equal(read_creds(&settings, &t, user + 2), RUDDER_EOPTION);
	assert_non_null(strstr(t.line, "FLANNELD_ETCD_PASSWORD"));
	assert_null(strstr(t.line, "flannel's"));
	unsetenv("FLANNELD_ETCD_PASSWORD");
}

/* Certificates that nothing will look at are no error, but not silent. */
static void
test_tls_without_https_is_told(void **state)
{
	const char *options[] = { "etcd-cafile", file("x", 0600),
		"etcd-endpoint", "http://127.0.0.1:1", NULL };
	struct settings settings;
	struct test_env t;

	(void)state;
	assert_int_equal(read_creds(&settings, &t, options), 0);
	assert_int_equal(t.lines[RUDDER_WARNING], 1);
	assert_non_null(strstr(t.line, "etcd-cafile has no effect"));
	settings_fini(&settings);
	options[3] = "http://127.0.0.1:1,https://127.0.0.1:2";
	assert_int_equal(read_creds(&settings, &t, options), 0);
	assert_int_equal(t.lines[RUDDER_WARNING], 0);
	assert_string_equal(settings.creds.cafile, options[1]);
	settings_fini(&settings);
	unlink(options[1]);
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
		cmocka_unit_test(test_a_file_that_cannot_be_read_is_told),
		cmocka_unit_test(test_a_certificate_and_its_key_come_together),
		cmocka_unit_test(test_a_user_and_his_password_come_together),
		cmocka_unit_test(test_a_password_is_one_line),
		cmocka_unit_test(
		    test_the_end_of_the_line_is_not_of_the_password),
		cmocka_unit_test(test_the_file_goes_before_the_environment),
		cmocka_unit_test(test_tls_without_https_is_told),
		cmocka_unit_test(test_options_are_a_table_with_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
