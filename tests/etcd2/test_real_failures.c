/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real etcd that wants TLS, certificates or passwords, that is frozen or
 * wiped, and that is full of other people's things. Skipped where there is
 * none.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"
#include "call.h"
#include "etcd.h"
#include "registry.h"

#define PREFIX "/coreos.com/network"
#define KEYS "/v2/keys" PREFIX
#define KEY "10.1.5.0-24"
#define VALUE "{\"PublicIP\":\"10.0.0.1\",\"x\":\"&+%=;\"}"

/* Short, for the silent; long enough for a slow machine's disk. */
const struct http_limits call_limits = {
	.connect = 4000,
	.request = 4000,
	.idle = 500,
	.body = 64 << 20,
};

struct world {
	char certs[64];
	char file[96];	    /* somewhere in there */
	struct etcd *plain; /* without TLS, for most */
	struct etcd *etcd;  /* a test's own; NULL: none */
	struct registry registry;
	struct asked a, b;
};

static int
group_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const char *top = getenv("top_srcdir");
	char command[256];

	strcpy(w->certs, "/tmp/rudder-certs-XXXXXX");
	if (mkdtemp(w->certs) == NULL)
		return -1;
	snprintf(command, sizeof(command),
	    "sh %s/tests/etcd2/certs.sh %s >%s/log 2>&1",
	    top != NULL ? top : ".", w->certs, w->certs);
	*state = w;
	if (system(command) != 0)
		return -1;
	w->plain = etcd_start(true);
	return w->plain != NULL ? 0 : -1;
}

static int
on_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
group_teardown(void **state)
{
	struct world *w = *state;

	if (w->plain != NULL)
		etcd_free(w->plain);
	nftw(w->certs, on_file, 16, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static int
setup(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	memset(r, 0, sizeof(*r));
	w->etcd = NULL;
	registry_option(r, "etcd-endpoints", etcd_url(w->plain));
	registry_open(r);
	r->env.real_clock = true;
	etcd_do(w->plain, "DELETE", "/v2/keys/coreos.com?recursive=true", NULL);
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	registry_close(&w->registry);
	if (w->etcd != NULL)
		etcd_free(w->etcd);
	return 0;
}

static void
use(struct world *w, struct etcd *etcd)
{
	assert_non_null(etcd);
	if (etcd != w->plain)
		w->etcd = etcd;
	registry_option(&w->registry, "etcd-endpoints", etcd_url(etcd));
	registry_reopen(&w->registry);
}

/* Of certs.sh's; a pair may be NULL. */
static void
use_files(struct world *w, const char *ca, const char *pair)
{
	char paths[3][128];
	struct registry *r = &w->registry;

	snprintf(paths[0], 128, "%s/%s.pem", w->certs, ca);
	snprintf(paths[1], 128, "%s/%s.pem", w->certs, pair ? pair : "");
	snprintf(paths[2], 128, "%s/%s.key", w->certs, pair ? pair : "");
	registry_option(r, "etcd-cafile", paths[0]);
	registry_option(r, "etcd-certfile", pair != NULL ? paths[1] : NULL);
	registry_option(r, "etcd-keyfile", pair != NULL ? paths[2] : NULL);
	registry_reopen(r);
	registry_option(r, "etcd-cafile", NULL); /* they were read */
	registry_option(r, "etcd-certfile", NULL);
	registry_option(r, "etcd-keyfile", NULL);
}

static void
expect_good(struct world *w)
{
	asked_list(&w->a, &w->registry);
	assert_string_equal(w->a.why, "");
	assert_int_equal(w->a.err, 0);
}

static void
expect_bad(struct world *w, const char *words, const char *remedy)
{
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	if (strstr(w->a.why, words) == NULL || strstr(w->a.why, remedy) == NULL)
		fail_msg("\"%s\" has no \"%s\" or no \"%s\"", w->a.why, words,
		    remedy);
	assert_non_null(strstr(w->a.why, "etcd at http"));
}

/* ---- TLS --------------------------------------------------------------- */

static void
test_an_authority_alone_is_enough(void **state)
{
	struct world *w = *state;

	use(w, etcd_start_tls(w->certs, "server", false));
	use_files(w, "ca", NULL);
	asked_create(&w->a, &w->registry, KEY, VALUE, 60);
	assert_int_equal(w->a.err, 0);
	expect_good(w);
	assert_int_equal(w->a.n, 1);

	/* Another authority, and those of the system. */
	use_files(w, "other", NULL);
	expect_bad(w, "of nobody that we trust", "etcd-cafile");
	registry_reopen(&w->registry);
	expect_bad(w, "of nobody that we trust", "etcd-cafile");
}

static void
test_a_certificate_of_another_name(void **state)
{
	struct world *w = *state;

	use(w, etcd_start_tls(w->certs, "misnamed", false));
	use_files(w, "ca", NULL);
	expect_bad(w, "for another name", "issue one with this name");
}

static void
test_a_certificate_that_has_expired(void **state)
{
	struct world *w = *state;

	use(w, etcd_start_tls(w->certs, "expired", false));
	use_files(w, "ca", NULL);
	expect_bad(w, "has expired", "renew it");
}

static void
test_an_etcd_that_wants_a_certificate(void **state)
{
	struct world *w = *state;

	use(w, etcd_start_tls(w->certs, "server", true));
	use_files(w, "ca", NULL);
	expect_bad(w, "it wants a client certificate", "etcd-certfile");
	use_files(w, "ca", "stranger");
	expect_bad(w, "certificate", "--trusted-ca-file");
	use_files(w, "ca", "client");
	expect_good(w);
}

static void
test_http_and_https_mixed_up(void **state)
{
	struct world *w = *state;
	char url[64];

	use(w, etcd_start_tls(w->certs, "server", false));
	snprintf(url, sizeof(url), "http%s", etcd_url(w->etcd) + 5);
	registry_option(&w->registry, "etcd-endpoints", url);
	registry_reopen(&w->registry);
	expect_bad(w, "etcd at http://", "https://");
	snprintf(url, sizeof(url), "https%s", etcd_url(w->plain) + 4);
	registry_option(&w->registry, "etcd-endpoints", url);
	registry_reopen(&w->registry);
	expect_bad(w, "no TLS with it", "write http://");
}

static void
test_a_key_of_another_certificate(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	char cert[128], key[128];

	snprintf(cert, sizeof(cert), "%s/client.pem", w->certs);
	snprintf(key, sizeof(key), "%s/server.key", w->certs);
	use(w, etcd_start_tls(w->certs, "server", true));
	registry_option(r, "etcd-certfile", cert);
	registry_option(r, "etcd-keyfile", key);
	registry_reopen(r);
	registry_option(r, "etcd-certfile", NULL);
	registry_option(r, "etcd-keyfile", NULL);
	expect_bad(w, "our TLS certificate cannot be used", "a pair");
}

/* ---- User and password ------------------------------------------------- */

static void
enable_auth(struct etcd *etcd)
{
	static const struct {
		const char *path, *body;
	} steps[] = {
		{ "/v2/auth/users/root",
		    "{\"user\":\"root\",\"password\":\"geheim\"}" },
		{ "/v2/auth/roles/overlay",
		    "{\"role\":\"overlay\",\"permissions\":{\"kv\":{"
		    "\"read\":[\"" PREFIX "/*\"],"
		    "\"write\":[\"" PREFIX "/*\"]}}}" },
		{ "/v2/auth/users/alice",
		    "{\"user\":\"alice\",\"password\":\"secret\","
		    "\"roles\":[\"overlay\"]}" },
		{ "/v2/auth/enable", "" },
	};
	int status;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		status = etcd_do(etcd, "PUT", steps[i].path, steps[i].body);
		assert_true(status == 200 || status == 201);
	}
	etcd_user(etcd, "root:geheim");
	status = etcd_do(etcd, "PUT", "/v2/auth/roles/guest",
	    "{\"role\":\"guest\",\"revoke\":{\"kv\":{\"read\":[\"/*\"],"
	    "\"write\":[\"/*\"]}}}");
	assert_int_equal(status, 200);
}

static void
log_in(struct world *w, const char *user, const char *password)
{
	FILE *f;

	snprintf(w->file, sizeof(w->file), "%s/password", w->certs);
	f = fopen(w->file, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", password);
	fclose(f);
	registry_option(&w->registry, "etcd-username", user);
	registry_option(&w->registry, "etcd-password-file", w->file);
	registry_reopen(&w->registry);
}

/* With no more rights than those below the prefix. */
static void
expect_all_rights(struct world *w)
{
	struct registry *r = &w->registry;
	uint64_t version;

	asked_config(&w->a, r, 0);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	expect_good(w);
	asked_create(&w->a, r, KEY, VALUE, 60);
	assert_int_equal(w->a.err, 0);
	version = w->a.records[0].version;
	asked_watch(&w->b, r, version);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->b.n, 1);
	asked_refresh(&w->a, r, KEY, VALUE, 60, version);
	assert_int_equal(w->a.err, 0);
	asked_release(&w->a, r, KEY, w->a.records[0].version);
	assert_int_equal(w->a.err, 0);
}

static void
test_user_and_password(void **state)
{
	struct world *w = *state;

	use(w, etcd_start(true));
	enable_auth(w->etcd);
	expect_bad(w, "error 110", "etcd-username");
	log_in(w, "alice", "wrong");
	expect_bad(w, "error 110", "etcd-username");
	assert_null(strstr(w->a.why, "wrong"));
	log_in(w, "nobody", "secret");
	expect_bad(w, "error 110", "etcd-username");
	log_in(w, "alice", "secret");
	expect_all_rights(w);
}

static void
test_a_password_in_the_environment(void **state)
{
	static const char *const names[] = { "RUDDERD_ETCD_PASSWORD",
		"FLANNELD_ETCD_PASSWORD" };
	struct world *w = *state;

	use(w, etcd_start(true));
	enable_auth(w->etcd);
	registry_option(&w->registry, "etcd-username", "alice");
	for (size_t i = 0; i < 2; i++) {
		setenv(names[i], "secret", 1);
		registry_reopen(&w->registry);
		unsetenv(names[i]);
		expect_good(w);
	}
}

/* ---- Writes ------------------------------------------------------------ */

/* What etcd has under our key now. */
static void
expect_kept(struct world *w, const char *value, uint64_t version)
{
	asked_list(&w->b, &w->registry);
	assert_int_equal(w->b.n, 1);
	assert_string_equal(w->b.records[0].value, value);
	assert_int_equal(w->b.records[0].version, version);
	assert_int_equal(w->b.records[0].ttl, 600);
}

/* Of the renewal no event comes; of what is after it one does. */
static void
test_a_refresh_is_not_heard_of(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t version, next;

	asked_create(&w->a, r, KEY, VALUE, 60);
	version = w->a.records[0].version;
	asked_list(&w->b, r);
	next = w->b.index;
	asked_refresh(&w->a, r, KEY, VALUE, 600, version);
	assert_int_equal(w->a.err, 0);
	assert_true(w->a.records[0].version > version);
	assert_int_equal(w->a.records[0].ttl, 600);
	version = w->a.records[0].version;
	expect_kept(w, VALUE, version);

	assert_int_equal(
	    etcd_do(w->plain, "PUT", KEYS "/subnets/10.1.6.0-24", "value={}"),
	    201);
	asked_watch(&w->b, r, next);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->b.n, 1);
	assert_string_equal(w->b.records[0].key, "10.1.6.0-24");

	asked_refresh(&w->a, r, KEY, VALUE, 600, version - 1);
	assert_int_equal(w->a.err, RUDDER_ECHANGED);
	asked_refresh(&w->a, r, "10.1.7.0-24", VALUE, 600, version);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
}

static void
test_release_is_of_what_we_saw_last(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t version;

	asked_create(&w->a, r, KEY, VALUE, 60);
	version = w->a.records[0].version;
	asked_release(&w->b, r, KEY, version + 1000);
	assert_int_equal(w->b.err, RUDDER_ECHANGED);
	asked_release(&w->b, r, KEY, version);
	assert_int_equal(w->b.err, 0);
	asked_release(&w->b, r, KEY, version);
	assert_int_equal(w->b.err, RUDDER_ENOTFOUND);
	asked_watch(&w->b, r, version + 1);
	assert_int_equal(w->b.err, 0);
	assert_true(w->b.records[0].gone);
	asked_list(&w->a, r);
	assert_int_equal(w->a.n, 0);
}

/* ---- Frozen, cut off, wiped -------------------------------------------- */

static bool
has_answer(void *arg)
{
	const struct asked *a = arg;

	return a->answers > 0;
}

/* The poll is there; then nothing moves any more, and the kernel answers. */
static void
test_a_frozen_member_is_left(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	char both[160];

	use(w, etcd_start(true));
	snprintf(
	    both, sizeof(both), "%s,%s", etcd_url(w->etcd), etcd_url(w->plain));
	registry_option(r, "etcd-endpoints", both);
	registry_reopen(r);
	asked_list(&w->a, r);
	asked_init(&w->b, r)->request.index = w->a.index;
	assert_int_equal(r->ops->watch(r->impl, &w->b.request), 0);
	asked_list(&w->a, r); /* by then the poll has arrived */
	etcd_freeze(w->etcd);
	registry_run(r, has_answer, &w->b);
	assert_int_equal(w->b.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->b.why, etcd_url(w->etcd)));
	assert_non_null(strstr(w->b.why, "no answer in time"));
	expect_good(w);

	/* From the start: it takes the connection, and that is all. */
	registry_reopen(r);
	expect_bad(w, "no answer in time", "frozen");
	expect_good(w);
	etcd_thaw(w->etcd);
	use(w, w->etcd);
	expect_good(w);
}

static void
test_a_silent_poll_of_a_live_member_is_no_error(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t index;

	asked_list(&w->a, r);
	index = w->a.index;
	asked_watch(&w->a, r, index);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 0);
	assert_int_equal(w->a.index, index);
	asked_config(&w->a, r, index);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	assert_int_equal(w->a.index, index);
	assert_int_equal(registry_stat(r, "etcd_errors"), 0);
}

/* The same flags, so the same cluster id: its index alone tells (F16). */
static void
test_wiped_data_is_noticed(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t index;

	use(w, etcd_start(true));
	for (int i = 0; i < 20; i++)
		etcd_do(w->etcd, "PUT", KEYS "/x", "value=y");
	asked_list(&w->a, r);
	index = w->a.index;
	etcd_wipe(w->etcd);
	asked_watch(&w->b, r, index);
	if (w->b.err == RUDDER_EREGISTRY) /* the old connection's end */
		asked_watch(&w->b, r, index);
	assert_int_equal(w->b.err, RUDDER_ELOST);
	asked_config(&w->b, r, index);
	assert_int_equal(w->b.err, RUDDER_ELOST);
	asked_list(&w->a, r);
	assert_int_equal(w->a.err, 0);
	assert_true(w->a.index < index);
}

/* ---- Other people's things --------------------------------------------- */

static void
test_garbage_of_every_kind(void **state)
{
	static const char *const keys[] = { "10.1.5.0-24%20", "10.1.5.0", "x",
		"10.1.5.0-33", "256.1.5.0-24", "10.1.5.1-24", "%0A", "%1B[2J",
		"%C3%28", "10.1.5.0-24-", "010.1.5.0-24", "-", "..%2F..%2Fx" };
	static const char *const values[] = { "", "{", "%00", "%FF%FE",
		"%22%22", "[[[[[[", "{\"PublicIP\":7}", "%0A%0A" };
	struct world *w = *state;
	char path[128], form[64];
	size_t leases = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(path, sizeof(path), KEYS "/subnets/%s", keys[i]);
		etcd_do(w->plain, "PUT", path, "value=x");
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(path, sizeof(path), KEYS "/subnets/10.1.%zu.0-24", i);
		snprintf(form, sizeof(form), "value=%s", values[i]);
		etcd_do(w->plain, "PUT", path, form);
	}
	etcd_do(w->plain, "PUT", KEYS "/subnets/10.1.99.0-24", "dir=true");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
	for (size_t i = 0; i < w->a.n && i < KEEP; i++)
		leases += strncmp(w->a.records[i].key, "10.1.", 5) == 0;
	assert_int_equal(leases, w->a.n);
	assert_int_equal(w->registry.env.lines[RUDDER_WARNING], 1);
}

/* Every event of it moves the cursor on, by one request each (F07). */
static void
test_garbage_does_not_hold_up_a_watch(void **state)
{
	struct world *w = *state;
	uint64_t index;

	asked_list(&w->a, &w->registry);
	index = w->a.index;
	etcd_do(w->plain, "PUT", KEYS "/subnets/x%FF", "value=%FF");
	etcd_do(w->plain, "PUT", KEYS "/subnets/10.1.9.0-24/y", "value=z");
	etcd_do(w->plain, "PUT", KEYS "/subnets/" KEY, "value={}");
	for (int i = 0; i < 3; i++) {
		asked_watch(&w->a, &w->registry, index);
		assert_int_equal(w->a.err, 0);
		assert_int_equal(w->a.index, index + 1);
		index = w->a.index;
	}
	assert_string_equal(w->a.records[0].key, KEY);
}

/* Five times of what etcd remembers. */
static void
test_five_thousand_foreign_writes(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	asked_create(&w->a, r, KEY, VALUE, 600);
	asked_list(&w->a, r);
	for (int i = 0; i < 5000; i++)
		assert_true(etcd_do(w->plain, "PUT", "/v2/keys/elsewhere",
				"value=x") < 300);
	asked_watch(&w->b, r, w->a.index);
	assert_int_equal(w->b.err, RUDDER_ELOST);
	expect_good(w);
	assert_int_equal(w->a.n, 1);
	asked_refresh(&w->b, r, KEY, VALUE, 600, w->a.records[0].version);
	assert_int_equal(w->b.err, 0);
}

#define ETCD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ETCD_TEST(test_an_authority_alone_is_enough),
		ETCD_TEST(test_a_certificate_of_another_name),
		ETCD_TEST(test_a_certificate_that_has_expired),
		ETCD_TEST(test_an_etcd_that_wants_a_certificate),
		ETCD_TEST(test_http_and_https_mixed_up),
		ETCD_TEST(test_a_key_of_another_certificate),
		ETCD_TEST(test_user_and_password),
		ETCD_TEST(test_a_password_in_the_environment),
		ETCD_TEST(test_a_refresh_is_not_heard_of),
		ETCD_TEST(test_release_is_of_what_we_saw_last),
		ETCD_TEST(test_a_frozen_member_is_left),
		ETCD_TEST(test_a_silent_poll_of_a_live_member_is_no_error),
		ETCD_TEST(test_wiped_data_is_noticed),
		ETCD_TEST(test_garbage_of_every_kind),
		ETCD_TEST(test_garbage_does_not_hold_up_a_watch),
		ETCD_TEST(test_five_thousand_foreign_writes),
	};

	if (!etcd_installed() || system("openssl version >/dev/null") != 0) {
		printf("1..0 # SKIP no etcd with a v2 API, or no openssl\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
