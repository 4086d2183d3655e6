/* SPDX-License-Identifier: Apache-2.0 */
/* The network config changes while the overlay runs. */
#include "../check.h"

#include <string.h>

#include "net.h"
#include "world.h"

#define CONFIG                                                        \
	"{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"udp\"," \
	"\"Port\":8285}}"
#define PEER "10.1.200.0-24"

/* Node 0, with a peer. */
static struct node *
running(struct world *w)
{
	struct node *n;

	store_config(&w->store, CONFIG);
	store_put(&w->store, PEER, "{\"PublicIP\":\"192.168.0.7\"}", 86400);
	n = world_start(w, 0);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->warnings, 0);
	return n;
}

/* It goes on as it was, whatever the config says. */
static void
goes_on(struct world *w, struct node *n)
{
	world_run(w, HOURS(1));
	assert_int_equal(n->failed, 0);
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->engine.config.network.addr, 0x0a010000);
	assert_int_equal(record_peer(&n->record, PEER), 0xc0a80007);
}

static void
test_bounds_count_from_now_on(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	struct rudder_net ours = n->facts.subnet;

	store_config(&w->store,
	    "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":25,"
	    "\"SubnetMin\":\"10.1.128.0\",\"SubnetMax\":\"10.1.129.0\","
	    "\"Backend\":{\"Type\":\"udp\",\"Port\":8285}}");
	goes_on(w, n);
	assert_int_equal(n->warnings, 0);
	assert_int_equal(n->engine.config.subnet_len, 25);
	assert_int_equal(n->engine.config.subnet_min, 0x0a018000);
	assert_int_equal(n->engine.config.subnet_max, 0x0a018100);
	assert_true(net_equal(n->engine.lease.deed.subnet, ours));
}

static void
test_another_network_waits_for_a_new_start(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_config(&w->store,
	    "{\"Network\":\"10.2.0.0/16\",\"Backend\":{\"Type\":\"udp\","
	    "\"Port\":8285}}");
	goes_on(w, n);
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "Network is 10.2.0.0/16 now"));
	assert_non_null(strstr(n->last, "10.1.0.0/16"));
}

static void
test_what_of_the_backend_differs_is_named(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_config(&w->store,
	    "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"udp\","
	    "\"Port\":9000,\"Workers\":2}}");
	goes_on(w, n);
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "Backend.Port, Backend.Workers"));
	assert_null(strstr(n->last, "Backend.Type"));
}

static void
test_a_config_of_no_use_changes_nothing(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_config(&w->store, "{\"Network\":\"10.1.0.0/99\"}");
	goes_on(w, n);
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "Network \"10.1.0.0/99\""));
	store_config(&w->store, "nonsense");
	goes_on(w, n);
	assert_int_equal(n->warnings, 2);
}

/* A store that others write to all the time forgets when ours was written. */
static void
test_a_short_history_is_no_news(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	for (int i = 0; i < 100; i++) {
		world_run(w, MINUTES(1));
		store_put(&w->store, "10.1.9.0-24",
		    "{\"PublicIP\":\"192.168.0.9\"}", 86400);
		store_forget_history(&w->store);
	}
	store_config(&w->store, "{\"Network\":\"10.2.0.0/16\"}");
	goes_on(w, n);
	assert_non_null(strstr(n->last, "10.2.0.0/16"));
}

static void
test_reload_asks_at_once(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	unsigned configs = w->store.requests[OP_CONFIG];
	unsigned lists = w->store.requests[OP_LIST];

	engine_reload(&n->engine);
	world_run(w, SECONDS(1));
	assert_int_equal(w->store.requests[OP_LIST], lists + 1);
	assert_int_equal(w->store.requests[OP_CONFIG], configs + 2);
	goes_on(w, n);
	assert_int_equal(n->warnings, 0);
}

#define REVISE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* A start that waits because all subnets are taken. */
static void
test_bounds_count_while_there_is_no_lease(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_config(&w->store,
	    "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.1.200.0\","
	    "\"SubnetMax\":\"10.1.200.0\"}");
	store_put(&w->store, PEER, "{\"PublicIP\":\"192.168.0.7\"}", 86400);
	n = world_start(w, 0);
	world_run(w, MINUTES(1));
	assert_int_equal(n->ready, 0);
	store_config(&w->store,
	    "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.1.200.0\","
	    "\"SubnetMax\":\"10.1.201.0\"}");
	world_run(w, MINUTES(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->facts.subnet.addr, 0x0a01c900);
	assert_int_equal(record_peer(&n->record, PEER), 0xc0a80007);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REVISE_TEST(test_bounds_count_from_now_on),
		REVISE_TEST(test_another_network_waits_for_a_new_start),
		REVISE_TEST(test_what_of_the_backend_differs_is_named),
		REVISE_TEST(test_a_config_of_no_use_changes_nothing),
		REVISE_TEST(test_a_short_history_is_no_news),
		REVISE_TEST(test_reload_asks_at_once),
		REVISE_TEST(test_bounds_count_while_there_is_no_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
