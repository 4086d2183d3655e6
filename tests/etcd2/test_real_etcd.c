/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module against a real etcd: one for all of the tests, each in a prefix
 * of its own. Skipped where none is installed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "etcd.h"
#include "registry.h"

#define KEYS "/v2/keys"

struct world {
	struct etcd *etcd; /* one for all */
	unsigned test;
	char prefix[32]; /* "/t3/network" */
	struct registry registry;
	struct asked a, b;
};

static int
group_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->etcd = etcd_start(true);
	*state = w;
	return w->etcd != NULL ? 0 : -1;
}

static int
group_teardown(void **state)
{
	struct world *w = *state;

	if (w->etcd != NULL)
		etcd_free(w->etcd);
	free(w);
	return 0;
}

static int
setup(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	snprintf(w->prefix, sizeof(w->prefix), "/t%u/network", ++w->test);
	r->env.options[0].name = "etcd-endpoint";
	r->env.options[0].value = etcd_url(w->etcd);
	r->env.options[1].name = "etcd-prefix";
	r->env.options[1].value = w->prefix;
	registry_open(r);
	r->env.real_clock = true;
	asked_init(&w->a, r);
	asked_init(&w->b, r);
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	registry_close(&w->registry);
	return 0;
}

/* Somebody else writes; `key` is below the prefix. */
static void
other(struct world *w, const char *method, const char *key, const char *form)
{
	char path[128];
	int status;

	snprintf(path, sizeof(path), KEYS "%s/%s", w->prefix, key);
	status = etcd_do(w->etcd, method, path, form);
	assert_true(status == 200 || status == 201);
}

/* Long enough for a poll to get there; should it not be, nothing changes. */
static void
run_for(struct world *w, int ms)
{
	struct timeval tv = { 0, ms * 1000 };

	event_base_loopexit(w->registry.base, &tv);
	event_base_dispatch(w->registry.base);
}

/* ---- Config ------------------------------------------------------------ */

static void
test_config_is_waited_for(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t index;

	asked_config(&w->a, r, 0);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	index = w->a.index;
	assert_true(index > 0);

	w->b.request.index = index;
	assert_int_equal(r->ops->config(r->impl, &w->b.request), 0);
	run_for(w, 50);
	assert_int_equal(w->b.answers, 0);
	other(w, "PUT", "config", "value={\"Network\":\"10.1.0.0/16\"}");
	asked_wait(&w->b);
	assert_int_equal(w->b.err, 0);
	assert_string_equal(w->b.config, "{\"Network\":\"10.1.0.0/16\"}");
	assert_int_equal(w->b.index, index + 1);

	/* The same, when it was written before anybody waited. */
	asked_config(&w->a, r, index);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, index + 1);
	asked_config(&w->a, r, 0);
	assert_int_equal(w->a.err, 0);
	assert_string_equal(w->a.config, "{\"Network\":\"10.1.0.0/16\"}");
	assert_int_equal(w->a.index, index + 1);
}

static void
test_config_that_goes(void **state)
{
	struct world *w = *state;

	other(w, "PUT", "config", "value={}");
	asked_config(&w->a, &w->registry, 0);
	other(w, "DELETE", "config", NULL);
	asked_config(&w->b, &w->registry, w->a.index);
	assert_int_equal(w->b.err, RUDDER_ENOTFOUND);
	assert_int_equal(w->b.index, w->a.index + 1);
}

/* ---- Leases ------------------------------------------------------------ */

static void
test_a_lease_from_its_birth_to_its_end(void **state)
{
	static const char value[] =
	    "{\"PublicIP\":\"10.0.0.1\",\"x\":\"&+%=;\"}";
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t version;

	asked_create(&w->a, r, "10.1.5.0-24", value, 60);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 1);
	assert_int_equal(w->a.records[0].ttl, 60);
	version = w->a.records[0].version;

	asked_create(&w->b, r, "10.1.5.0-24", value, 60);
	assert_int_equal(w->b.err, RUDDER_EEXISTS);

	asked_renew(&w->a, r, "10.1.5.0-24", value, 600, version);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.records[0].ttl, 600);
	assert_true(w->a.records[0].version > version);

	asked_renew(&w->b, r, "10.1.5.0-24", value, 600, version);
	assert_int_equal(w->b.err, RUDDER_ECHANGED);

	asked_list(&w->b, r);
	assert_int_equal(w->b.n, 1);
	assert_string_equal(w->b.records[0].value, value);
	assert_int_equal(w->b.records[0].version, w->a.records[0].version);
	assert_int_equal(w->b.records[0].ttl, 600);

	other(w, "DELETE", "subnets/10.1.5.0-24", NULL);
	asked_renew(
	    &w->b, r, "10.1.5.0-24", value, 600, w->a.records[0].version);
	assert_int_equal(w->b.err, RUDDER_ENOTFOUND);
}

static void
test_list(void **state)
{
	struct world *w = *state;

	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 0);
	assert_true(w->a.index > 0);
	other(w, "PUT", "subnets/10.1.5.0-24", "value={}&ttl=60");
	other(w, "PUT", "subnets/10.1.6.0-24", "value=");
	other(w, "PUT", "subnets/note", "value=x");
	other(w, "PUT", "subnets/_hidden", "value=x");
	other(w, "PUT", "subnets/10.1.7.0-24/sub", "value=x");
	asked_list(&w->b, &w->registry);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->b.n, 2);
	assert_true(w->b.index >= w->a.index + 5);
	for (size_t i = 0; i < 2; i++) {
		bool lease = strcmp(w->b.records[i].key, "10.1.5.0-24") == 0;

		assert_int_equal(w->b.records[i].ttl, lease ? 60 : 0);
		assert_string_equal(w->b.records[i].value, lease ? "{}" : "");
	}
	assert_int_equal(w->registry.env.lines[RUDDER_WARNING], 1);
}

static void
test_list_of_an_empty_directory(void **state)
{
	struct world *w = *state;

	other(w, "PUT", "subnets", "dir=true");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 0);
	assert_int_equal(w->a.index, etcd_index(w->etcd) + 1);
}

/* ---- Watch ------------------------------------------------------------- */

static void
expect_event(
    const struct asked *a, const char *key, bool gone, uint64_t version)
{
	assert_int_equal(a->err, 0);
	assert_int_equal(a->n, 1);
	assert_string_equal(a->records[0].key, key);
	assert_int_equal(a->records[0].gone, gone);
	assert_int_equal(a->records[0].version, version);
	assert_int_equal(a->index, version + 1);
}

/* The events come while we wait; writes elsewhere raise etcd's index. */
static void
test_watch_of_the_future(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	uint64_t index;

	asked_list(&w->a, r);
	index = w->a.index;
	for (int i = 0; i < 3; i++) {
		asked_init(&w->a, r)->request.index = index;
		assert_int_equal(r->ops->watch(r->impl, &w->a.request), 0);
		run_for(w, 50);
		assert_int_equal(w->a.answers, 0);
		other(w, "PUT", "elsewhere", "value=x");
		other(w, i == 1 ? "DELETE" : "PUT", "subnets/10.1.5.0-24",
		    i == 1 ? NULL : "value={}");
		asked_wait(&w->a);
		expect_event(&w->a, "10.1.5.0-24", i == 1, index + 1);
		index = w->a.index;
	}
}

/* The events were there before we looked: one at a time, none is lost. */
static void
test_watch_of_the_past(void **state)
{
	struct world *w = *state;
	uint64_t index;

	asked_list(&w->a, &w->registry);
	index = w->a.index;
	other(w, "PUT", "subnets/10.1.5.0-24", "value={}");
	other(w, "PUT", "subnets/10.1.6.0-24", "value={}&ttl=60");
	other(w, "PUT", "elsewhere", "value=x");
	other(w, "DELETE", "subnets/10.1.5.0-24", NULL);
	asked_watch(&w->a, &w->registry, index);
	expect_event(&w->a, "10.1.5.0-24", false, index);
	asked_watch(&w->a, &w->registry, w->a.index);
	expect_event(&w->a, "10.1.6.0-24", false, index + 1);
	assert_int_equal(w->a.records[0].ttl, 60);
	asked_watch(&w->a, &w->registry, w->a.index);
	expect_event(&w->a, "10.1.5.0-24", true, index + 3);
}

static void
test_watch_of_an_expiry(void **state)
{
	struct world *w = *state;

	asked_create(&w->a, &w->registry, "10.1.5.0-24", "{}", 1);
	assert_int_equal(w->a.err, 0);
	asked_watch(&w->b, &w->registry, w->a.records[0].version + 1);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->b.n, 1);
	assert_true(w->b.records[0].gone);
	assert_string_equal(w->b.records[0].key, "10.1.5.0-24");
}

static void
test_watch_of_a_foreign_key_goes_on(void **state)
{
	struct world *w = *state;
	uint64_t index;

	asked_list(&w->a, &w->registry);
	index = w->a.index;
	other(w, "PUT", "subnets/note", "value=x");
	asked_watch(&w->a, &w->registry, index);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 0);
	assert_int_equal(w->a.index, index + 1);
}

/* Of the directory, or of one above it, while we wait and before. */
static void
expect_lost(struct world *w, const char *path, bool before)
{
	struct registry *r = &w->registry;
	char gone[128];

	other(w, "PUT", "subnets/10.1.5.0-24", "value={}");
	asked_list(&w->a, r);
	snprintf(gone, sizeof(gone), KEYS "%s?recursive=true", path);
	if (before)
		assert_int_equal(etcd_do(w->etcd, "DELETE", gone, NULL), 200);
	asked_init(&w->b, r)->request.index = w->a.index;
	assert_int_equal(r->ops->watch(r->impl, &w->b.request), 0);
	run_for(w, 50);
	if (!before)
		assert_int_equal(etcd_do(w->etcd, "DELETE", gone, NULL), 200);
	asked_wait(&w->b);
	assert_int_equal(w->b.err, RUDDER_ELOST);
}

static void
test_a_directory_that_goes_is_lost(void **state)
{
	struct world *w = *state;
	char subnets[64], above[8];

	snprintf(subnets, sizeof(subnets), "%s/subnets", w->prefix);
	snprintf(above, sizeof(above), "/t%u", w->test);
	for (int before = 0; before < 2; before++) {
		expect_lost(w, subnets, before);
		expect_lost(w, w->prefix, before);
		expect_lost(w, above, before);
	}
}

/* etcd takes /t7/net for an ancestor of /t7/network (E-9). */
static void
test_a_neighbour_that_goes_is_not_ours(void **state)
{
	struct world *w = *state;
	char net[64];
	uint64_t index;

	snprintf(net, sizeof(net), KEYS "/t%u/net", w->test);
	assert_int_equal(etcd_do(w->etcd, "PUT", net, "value=x"), 201);
	other(w, "PUT", "subnets/10.1.5.0-24", "value={}");
	asked_list(&w->a, &w->registry);
	index = w->a.index;
	assert_int_equal(etcd_do(w->etcd, "DELETE", net, NULL), 200);
	other(w, "DELETE", "subnets/10.1.5.0-24", NULL);
	asked_watch(&w->a, &w->registry, index);
	assert_int_equal(w->a.err, 0);
	if (w->a.n == 0)
		asked_watch(&w->a, &w->registry, w->a.index);
	expect_event(&w->a, "10.1.5.0-24", true, index + 1);
}

/* More than the 1000 events that etcd keeps. */
static void
test_history_that_is_cleared_is_lost(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	asked_list(&w->a, r);
	for (int i = 0; i < 1010; i++)
		other(w, "PUT", "elsewhere", "value=x");
	asked_watch(&w->b, r, w->a.index);
	assert_int_equal(w->b.err, RUDDER_ELOST);
	asked_config(&w->b, r, w->a.index);
	assert_int_equal(w->b.err, RUDDER_ELOST);
	asked_list(&w->a, r);
	assert_int_equal(w->a.err, 0);
	other(w, "PUT", "subnets/10.1.5.0-24", "value={}");
	asked_watch(&w->b, r, w->a.index);
	expect_event(&w->b, "10.1.5.0-24", false, w->a.index);
}

/* etcd would wait for it in silence (F16). */
static void
test_an_index_far_ahead_is_lost(void **state)
{
	struct world *w = *state;

	asked_watch(&w->a, &w->registry, 1000000000);
	assert_int_equal(w->a.err, RUDDER_ELOST);
	asked_config(&w->a, &w->registry, 1000000000);
	assert_int_equal(w->a.err, RUDDER_ELOST);
}

/* ---- Life of the server ------------------------------------------------ */

static void
test_v2_that_is_off(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	struct etcd *plain = etcd_start(false);

	assert_non_null(plain);
	r->ops->close(r->impl);
	r->env.options[0].value = etcd_url(plain);
	assert_int_equal(r->ops->open(&r->env.env, &r->impl), 0);
	asked_list(&w->a, r);
	etcd_free(plain);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->a.why, "ETCD_ENABLE_V2=true"));
}

static void
test_an_etcd_that_stops(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	asked_list(&w->a, r);
	r->env.real_clock = false;
	w->b.request.index = w->a.index;
	assert_int_equal(r->ops->watch(r->impl, &w->b.request), 0);
	run_for(w, 50);
	r->env.now += 5000;
	etcd_stop(w->etcd);
	asked_wait(&w->b);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->b.n, 0);
	assert_int_equal(w->b.index, w->a.index);
	asked_watch(&w->b, r, w->a.index);
	assert_int_equal(w->b.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->b.why, "Connection refused"));
}

#define ETCD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ETCD_TEST(test_config_is_waited_for),
		ETCD_TEST(test_config_that_goes),
		ETCD_TEST(test_a_lease_from_its_birth_to_its_end),
		ETCD_TEST(test_list),
		ETCD_TEST(test_list_of_an_empty_directory),
		ETCD_TEST(test_watch_of_the_future),
		ETCD_TEST(test_watch_of_the_past),
		ETCD_TEST(test_watch_of_an_expiry),
		ETCD_TEST(test_watch_of_a_foreign_key_goes_on),
		ETCD_TEST(test_a_directory_that_goes_is_lost),
		ETCD_TEST(test_a_neighbour_that_goes_is_not_ours),
		ETCD_TEST(test_history_that_is_cleared_is_lost),
		ETCD_TEST(test_an_index_far_ahead_is_lost),
		ETCD_TEST(test_v2_that_is_off),
		ETCD_TEST(test_an_etcd_that_stops),
	};

	if (!etcd_installed()) {
		printf("1..0 # SKIP no etcd with a v2 API on this machine\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
