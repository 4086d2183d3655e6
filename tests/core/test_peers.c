/* SPDX-License-Identifier: Apache-2.0 */
/* Leases that overlap, and addresses that nobody can have. */
#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "net.h"
#include "world.h"

#define AT(n) "{\"PublicIP\":\"192.168.0." #n "\"}"
#define B "10.1.200.0-24"
#define INSIDE "10.1.200.128-25"

/* Node i on 10.1.(5+i).0/24. */
static struct node *
start(struct world *w, unsigned i)
{
	struct node *n = world_start(w, i);

	n->engine.terms.former =
	    (struct rudder_net){ 0x0a010500 + 256 * i, 24 };
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	return n;
}

static uint64_t
counted(const struct node *n, const char *name)
{
	struct rudder_stat stats[32];
	size_t count = peers_stats(&n->engine.peers, stats, 32);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	}
	fail();
	return 0;
}

/* ---- Overlaps ---------------------------------------------------------------- */

/* What was laid into the subnet of another takes no packet from it. */
static void
test_lease_inside_of_another_is_refused(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, B, AT(8), 86400);
	store_put(&w->store, INSIDE, AT(9), 86400);
	store_put(&w->store, "10.1.200.7-32", AT(9), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(record_peer(&n->record, B), HOST(8));
	assert_int_equal(n->record.n_peers, 1);
	assert_int_equal(n->warnings, 2);
	assert_non_null(strstr(n->last, "10.1.200.7/32 at 192.168.0.9"));
	assert_non_null(strstr(n->last, "10.1.200.0/24 at 192.168.0.8"));
	assert_non_null(strstr(n->last, "delete the wrong one"));
	assert_int_equal(counted(n, "overlapping"), 2);
	assert_int_equal(counted(n, "refused_overlap"), 2);
	world_run(w, HOURS(2)); /* many lists later */
	assert_int_equal(n->warnings, 2);
	assert_int_equal(counted(n, "refused_overlap"), 2);
}

static void
test_lease_inside_of_ours_is_refused(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, "10.1.5.128-25", AT(9), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.n_peers, 0);
	assert_non_null(strstr(n->last, "10.1.5.128/25 at 192.168.0.9"));
	assert_non_null(strstr(n->last, "ours, 10.1.5.0/24 at 192.168.0.1"));
	assert_string_equal(n->owned, "10.1.5.0/24");
}

/* It was there alone, and the packets had been going there. */
static void
test_order_of_arrival_does_not_matter(void **state)
{
	struct world *w = *state;
	struct node *early = start(w, 0), *late;

	store_put(&w->store, INSIDE, AT(9), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(record_peer(&early->record, INSIDE), HOST(9));
	store_put(&w->store, B, AT(8), 86400);
	world_run(w, SECONDS(1));
	late = start(w, 1);
	for (unsigned i = 0; i < 2; i++) {
		struct node *n = i == 0 ? early : late;

		assert_int_equal(record_peer(&n->record, INSIDE), 0);
		assert_int_equal(record_peer(&n->record, B), HOST(8));
	}
}

static void
test_refused_lease_comes_when_the_other_has_gone(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, B, AT(8), 86400);
	store_put(&w->store, INSIDE, AT(9), 86400);
	world_run(w, SECONDS(1));
	store_delete(&w->store, B);
	world_run(w, SECONDS(10)); /* it may come back */
	assert_int_equal(record_peer(&n->record, B), HOST(8));
	assert_int_equal(record_peer(&n->record, INSIDE), 0);
	world_run(w, SECONDS(10));
	assert_int_equal(record_peer(&n->record, B), 0);
	assert_int_equal(record_peer(&n->record, INSIDE), HOST(9));
	assert_int_equal(counted(n, "overlapping"), 0);
	store_delete(&w->store, INSIDE);
	world_run(w, SECONDS(20));
	assert_int_equal(n->record.n_peers, 0);
}

static void
test_refused_lease_may_end(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, B, AT(8), 86400);
	store_put(&w->store, INSIDE, AT(9), 86400);
	world_run(w, SECONDS(1));
	store_delete(&w->store, INSIDE);
	world_run(w, SECONDS(20));
	assert_int_equal(counted(n, "overlapping"), 0);
	assert_int_equal(n->record.n_peers, 1);
	assert_int_equal(n->record.dels, 0);
}

/* Members of both lengths, as for a while after a change, are all heard. */
static void
test_subnets_of_both_lengths_are_in_force(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0), *b;

	store_put(&w->store, B, AT(8), 86400);
	store_config(
	    &w->store, "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":26}");
	world_run(w, SECONDS(1));
	b = world_start(w, 1);
	world_run(w, SECONDS(1));
	assert_int_equal(b->ready, 1);
	assert_int_equal(b->facts.subnet.len, 26);
	assert_int_equal(n->record.n_peers, 2);
	assert_int_equal(b->record.n_peers, 2);
	assert_int_equal(n->warnings, 0);
	assert_int_equal(b->warnings, 0);
}

/* The config's length goes first; and who runs hears that it is another. */
static void
test_new_length_changes_who_goes_first(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, B, AT(8), 86400);
	store_put(&w->store, INSIDE, AT(9), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(record_peer(&n->record, B), HOST(8));
	store_config(
	    &w->store, "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":25}");
	world_run(w, SECONDS(1));
	assert_int_equal(record_peer(&n->record, B), 0);
	assert_int_equal(record_peer(&n->record, INSIDE), HOST(9));
	assert_int_equal(counted(n, "overlapping"), 1);
}

/* One that covers everything harms nobody. */
static void
test_lease_over_all_is_refused_by_all(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0), *b = start(w, 1);

	store_put(&w->store, "10.1.0.0-16", AT(9), 86400);
	store_put(&w->store, "10.1.128.0-17", AT(9), 86400);
	store_put(&w->store, B, AT(8), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.n_peers, 2);
	assert_int_equal(b->record.n_peers, 2);
	assert_int_equal(record_peer(&n->record, B), HOST(8));
	assert_int_equal(counted(n, "overlapping"), 2);
}

static void
test_quarantine_with_overlaps(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, B, AT(8), 86400);
	store_put(&w->store, INSIDE, AT(9), 86400);
	world_run(w, SECONDS(1));
	store_put(&w->store, "10.1.5.0-24", AT(7), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->lost, 1);
	assert_int_equal(n->record.n_peers, 0);
	store_delete(&w->store, "10.1.5.0-24");
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 2);
	assert_int_equal(n->record.n_peers, 1);
	assert_int_equal(record_peer(&n->record, B), HOST(8));
}

/* ---- Addresses ---------------------------------------------------------------- */

/* Of eth0, 192.168.0.1/24; what is one elsewhere nobody here can know. */
static void
test_broadcast_address_is_refused(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	store_put(&w->store, B, AT(255), 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.n_peers, 0);
	assert_non_null(strstr(n->last, "192.168.0.255"));
	assert_non_null(strstr(n->last, "broadcast address"));
	assert_int_equal(counted(n, "refused_broadcast"), 1);
	store_put(&w->store, B, "{\"PublicIP\":\"192.168.7.255\"}", 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.n_peers, 1);
}

static void
test_addresses_of_no_host_are_refused(void **state)
{
	static const char *const none[] = { "0.0.0.0", "0.1.2.3", "127.1.2.3",
		"224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255" };
	struct world *w = *state;
	struct node *n = start(w, 0);
	char value[64];

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(
		    value, sizeof(value), "{\"PublicIP\":\"%s\"}", none[i]);
		store_put(&w->store, B, value, 86400);
		world_run(w, SECONDS(2));
		assert_non_null(strstr(n->last, none[i]));
		assert_int_equal(counted(n, "refused_host"), i + 1);
	}
	assert_int_equal(n->record.n_peers, 0);
}

/* Whoever may write may write fast: the log stays readable. */
static void
test_many_refusals_are_few_lines(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, 0);

	for (int i = 0; i < 1000; i++) {
		store_put(&w->store, B, i % 2 ? "x" : AT(255), 86400);
		world_run(w, 1);
	}
	assert_in_range(n->warnings, 1, 20);
	assert_int_equal(counted(n, "refused_value"), 500);
	assert_int_equal(counted(n, "refused_broadcast"), 500);
	world_run(w, SECONDS(10));
	store_put(&w->store, B, "x", 86400);
	world_run(w, 1);
	assert_in_range(n->warnings, 2, 22);
}

/* ---- A thousand hosts ----------------------------------------------------------- */

static void
lose_history(struct world *w)
{
	store_config(&w->store, WORLD_CONFIG);
	store_forget_history(&w->store);
	world_run(w, 0);
}

/* What all of them lose at once is not asked for at once. */
static void
test_lists_after_a_lost_history_are_apart(void **state)
{
	struct world *w = *state;
	unsigned lists;
	char key[32];

	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "10.1.%d.0-24", 10 + i);
		store_put(&w->store, key, AT(9), 864000);
	}
	for (unsigned i = 0; i < WORLD_NODES; i++)
		start(w, i);
	world_run(w, MINUTES(1));
	lists = w->store.requests[OP_LIST];
	lose_history(w);
	assert_in_range(w->store.requests[OP_LIST], lists, lists + 1);
	world_run(w, 250);
	assert_int_equal(w->store.requests[OP_LIST], lists + WORLD_NODES);
}

static void
test_one_alone_lists_at_once(void **state)
{
	struct world *w = *state;
	unsigned lists;

	start(w, 0);
	world_run(w, MINUTES(1));
	lists = w->store.requests[OP_LIST];
	lose_history(w);
	assert_int_equal(w->store.requests[OP_LIST], lists + 1);
}

#define PEERS_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup_config, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PEERS_TEST(test_lease_inside_of_another_is_refused),
		PEERS_TEST(test_lease_inside_of_ours_is_refused),
		PEERS_TEST(test_order_of_arrival_does_not_matter),
		PEERS_TEST(test_refused_lease_comes_when_the_other_has_gone),
		PEERS_TEST(test_refused_lease_may_end),
		PEERS_TEST(test_subnets_of_both_lengths_are_in_force),
		PEERS_TEST(test_new_length_changes_who_goes_first),
		PEERS_TEST(test_lease_over_all_is_refused_by_all),
		PEERS_TEST(test_quarantine_with_overlaps),
		PEERS_TEST(test_broadcast_address_is_refused),
		PEERS_TEST(test_addresses_of_no_host_are_refused),
		PEERS_TEST(test_many_refusals_are_few_lines),
		PEERS_TEST(test_lists_after_a_lost_history_are_apart),
		PEERS_TEST(test_one_alone_lists_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
