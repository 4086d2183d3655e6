/* SPDX-License-Identifier: Apache-2.0 */
/* What a status says at each point of the story. */
#include "../check.h"

#include <string.h>

#include "net.h"
#include "status.h"
#include "world.h"

/* The member at a path like "lease/subnet", as text. */
static const char *
text_at(json_t *status, const char *path)
{
	char part[32];
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, "/");
		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		status = json_is_array(status)
			     ? json_array_get(status, (size_t)(part[0] - '0'))
			     : json_object_get(status, part);
		if (path[len] == '\0')
			break;
	}
	if (json_is_integer(status)) {
		static char number[32];
		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(status));
		return number;
	}
	if (json_is_boolean(status))
		return json_is_true(status) ? "true" : "false";
	return status != NULL ? json_string_value(status) : "absent";
}

static void
says(struct node *n, const char *path, const char *want)
{
	json_t *status = status_of(&n->engine);

	assert_non_null(status);
	assert_string_equal(text_at(status, path), want);
	json_decref(status);
}

static void
test_waiting_for_the_config(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	world_run(w, SECONDS(5));
	says(n, "stage", "config");
	says(n, "ready", "false");
	says(n, "why", "it waits for the network config");
	says(n, "iface/mtu", "1500");
	says(n, "lease", "absent");
	says(n, "backend/device", "absent");
}

/* The kernel takes any bytes; JSON does not. */
static void
test_names_of_any_bytes(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_config(&w->store, WORLD_CONFIG);
	store_fail(&w->store, OP_LIST, RUDDER_EREGISTRY, 1000);
	n = world_start(w, 0);
	world_run(w, SECONDS(5));
	strcpy(n->engine.underlay.link.name, "we\xff\"\xc3");
	says(n, "iface/name", "we?\"?");
	strcpy(n->engine.lease.deed.query.retry.why, "half a letter: \xc3");
	says(n, "waits/0/why", "half a letter: ?");
}

static void
test_waiting_for_the_registry(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_config(&w->store, WORLD_CONFIG);
	store_fail(&w->store, OP_LIST, RUDDER_EREGISTRY, 1000);
	n = world_start(w, 0);
	world_run(w, SECONDS(60));
	says(n, "stage", "lease");
	says(n, "waits/0/for", "lease");
	says(n, "waits/0/seconds", "60");
	says(n, "waits/1", "absent");
	says(n, "registry/heard_seconds_ago", "60");
}

static void
test_running(void **state)
{
	struct world *w = *state;
	struct node *n;
	char subnet[NET_TEXT];

	store_config(&w->store, WORLD_CONFIG);
	store_put(
	    &w->store, "10.1.7.0-24", "{\"PublicIP\":\"192.168.0.9\"}", 86400);
	n = world_start(w, 0);
	world_run(w, SECONDS(60));
	says(n, "stage", "run");
	says(n, "ready", "true");
	says(n, "why", "absent");
	says(n, "waits/0", "absent");
	says(n, "config/network", "10.1.0.0/16");
	says(n, "config/subnets", "256");
	says(n, "config/subnets_free", "254");
	says(n, "lease/subnet", net_cidr(subnet, n->facts.subnet));
	says(n, "lease/public_ip", "192.168.0.1");
	says(n, "lease/held", "true");
	says(n, "lease/age_seconds", "60");
	says(n, "lease/seconds_left", "86340");
	says(n, "backend/device", "record0");
	says(n, "backend/gauges/peers", "1");
	says(n, "peers/0/subnet", "10.1.7.0/24");
	says(n, "peers/0/public_ip", "192.168.0.9");
	says(n, "peers/1", "absent");
}

/* The time is over and nobody could renew: alive is not ready (F72). */
static void
test_run_out(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_config(&w->store, WORLD_CONFIG);
	n = world_start(w, 0);
	world_run(w, SECONDS(60));
	for (int op = 0; op < OPS; op++)
		store_fail(
		    &w->store, (enum store_op)op, RUDDER_EREGISTRY, 1000000);
	world_run(w, HOURS(23));
	says(n, "ready", "true");
	world_run(w, HOURS(2));
	says(n, "ready", "false");
	says(n, "why", "its lease is held no longer");
	says(n, "lease/held", "false");
	says(n, "lease/seconds_left", "absent");
}

static void
test_failed(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_config(&w->store, WORLD_CONFIG);
	n = world_start(w, 0);
	world_run(w, SECONDS(60));
	n->record.env->failed(n->record.env, -5, "the device has gone");
	world_run(w, SECONDS(1));
	says(n, "ready", "false");
	says(n, "why", "it has failed");
}

#define STATUS_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STATUS_TEST(test_waiting_for_the_config),
		STATUS_TEST(test_names_of_any_bytes),
		STATUS_TEST(test_waiting_for_the_registry),
		STATUS_TEST(test_running),
		STATUS_TEST(test_run_out),
		STATUS_TEST(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
