/* SPDX-License-Identifier: Apache-2.0 */
/* The story of one machine, from its link to its peers. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "net.h"
#include "world.h"

/* Node 0, running. */
static struct node *
running_until(struct world *w, enum lease_loss on_loss)
{
	struct node *n;

	store_config(&w->store, WORLD_CONFIG);
	n = world_start(w, 0);
	n->engine.terms.on_loss = on_loss;
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	return n;
}

static struct node *
running(struct world *w)
{
	return running_until(w, LEASE_QUARANTINE);
}

static const char *
own_key(const struct node *n)
{
	static char key[NET_TEXT];

	return net_key(key, n->facts.subnet);
}

/* ---- Config -------------------------------------------------------------- */

static void
test_first_host_joins(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	const struct store_lease *l = store_find(&w->store, own_key(n));

	assert_non_null(l);
	assert_string_equal(l->value, "{\"PublicIP\":\"192.168.0.1\"}");
	assert_int_equal(l->ttl, 86400);
	assert_int_equal(n->facts.network.addr, 0x0a010000);
	assert_int_equal(n->facts.subnet.len, 24);
	assert_int_equal(n->facts.public_ip, HOST(1));
	assert_string_equal(n->facts.device, "record0");
	assert_true(n->record.attached);
	assert_int_equal(n->warnings, 0);
}

static void
test_late_config_is_waited_for(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	world_run(w, HOURS(3));
	assert_int_equal(n->ready, 0);
	assert_int_equal(n->failed, 0);
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, 1);
	assert_int_equal(n->ready, 1);
}

static void
test_bad_config_ends_it(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	store_config(&w->store, "{\"Network\":\"10.1.0.0/99\"}");
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, RUDDER_ECONFIG);
	assert_non_null(strstr(n->why, "Network \"10.1.0.0/99\""));
	assert_int_equal(w->store.n_leases, 0);
}

static void
test_config_of_another_backend_ends_it(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	store_config(&w->store, "{\"Network\":\"10.1.0.0/16\","
				"\"Backend\":{\"Type\":\"vxlan\"}}");
	world_run(w, SECONDS(1));
	assert_int_equal(n->err, RUDDER_EMISMATCH);
	assert_non_null(strstr(n->why, "-backend=vxlan"));
	assert_int_equal(w->store.n_leases, 0);
}

static void
test_config_sets_options_of_the_backend(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	store_config(&w->store,
	    "{\"Network\":\"10.1.0.0/16\","
	    "\"Backend\":{\"type\":\"UDP\",\"port\":9000}}");
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_string_equal(n->record.port, "9000");
}

static void
test_option_may_say_the_same_as_the_config(void **state)
{
	struct world *w = *state;
	struct node *n;

	world_option(w, 0, "port", "09000");
	n = world_start(w, 0);
	store_config(&w->store, "{\"Network\":\"10.1.0.0/16\","
				"\"Backend\":{\"Port\":9000}}");
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_string_equal(n->record.port, "9000");
}

static void
test_option_against_config_ends_it(void **state)
{
	struct world *w = *state;
	struct node *n;

	world_option(w, 0, "port", "8286");
	n = world_start(w, 0);
	store_config(&w->store, "{\"Network\":\"10.1.0.0/16\","
				"\"Backend\":{\"Port\":9000}}");
	world_run(w, SECONDS(1));
	assert_int_equal(n->err, RUDDER_EMISMATCH);
	assert_non_null(strstr(n->why, "Backend.Port is 9000"));
	assert_non_null(strstr(n->why, "-port=8286"));
}

static void
test_backend_that_cannot_open_takes_no_lease(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	n->record.fail_open = -EPERM;
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, SECONDS(1));
	assert_int_equal(n->err, -EPERM);
	assert_int_equal(w->store.n_leases, 0);
}

static void
test_unknown_interface_ends_it(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	n->engine.iface = "nosuch0";
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, -ENODEV);
	assert_non_null(strstr(n->why, "\"nosuch0\""));
}

/* ---- Lease ---------------------------------------------------------------- */

/* Bytes that say the same stay, and a fresh lease is not written at all. */
static void
test_own_lease_is_adopted(void **state)
{
	static const char value[] = "{\"PublicIP\": \"192.168.0.1\",\"x\":1}";
	struct world *w = *state;
	struct node *n;

	store_put(&w->store, "10.1.7.0-24", value, 86000);
	n = running(w);
	assert_string_equal(own_key(n), "10.1.7.0-24");
	assert_int_equal(w->store.requests[OP_CREATE], 0);
	assert_int_equal(w->store.requests[OP_RENEW], 0);
	world_run(w, HOURS(12));
	assert_int_equal(w->store.requests[OP_RENEW], 1);
	assert_string_equal(store_find(&w->store, "10.1.7.0-24")->value, value);
}

static void
test_old_lease_is_renewed_at_once(void **state)
{
	struct world *w = *state;

	store_put(
	    &w->store, "10.1.7.0-24", "{\"PublicIP\":\"192.168.0.1\"}", 40);
	running(w);
	assert_int_equal(store_find(&w->store, "10.1.7.0-24")->ttl, 86400);
}

static void
test_lease_for_ages_is_adopted(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_put(&w->store, "10.1.7.0-24", "{\"PublicIP\":\"192.168.0.1\"}",
	    INT64_MAX);
	n = running(w);
	assert_string_equal(own_key(n), "10.1.7.0-24");
	world_run(w, DAYS(10));
	assert_int_equal(w->store.requests[OP_RENEW], 0);
}

static void
test_lease_outside_of_the_config_is_not_adopted(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_put(
	    &w->store, "10.9.7.0-24", "{\"PublicIP\":\"192.168.0.1\"}", 80000);
	store_put(
	    &w->store, "10.1.7.0-25", "{\"PublicIP\":\"192.168.0.1\"}", 80000);
	n = running(w);
	assert_string_not_equal(own_key(n), "10.9.7.0-24");
	assert_string_not_equal(own_key(n), "10.1.7.0-24");
	assert_string_not_equal(own_key(n), "10.1.7.0-25");
	assert_int_equal(n->warnings, 4); /* two here, two as peers */
}

static void
test_reservation_is_used_and_never_written(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_put(
	    &w->store, "10.1.7.0-24", "{\"PublicIP\":\"192.168.0.1\"}", 0);
	n = running(w);
	assert_string_equal(own_key(n), "10.1.7.0-24");
	world_run(w, DAYS(10));
	assert_int_equal(w->store.requests[OP_RENEW], 0);
	assert_int_equal(store_find(&w->store, "10.1.7.0-24")->ttl, 0);
}

static void
test_lost_race_is_run_again(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_fail(&w->store, OP_CREATE, RUDDER_EEXISTS, 25);
	store_config(&w->store, WORLD_CONFIG);
	n = world_start(w, 0);
	world_run(w, MINUTES(5));
	assert_int_equal(n->ready, 1);
	assert_int_equal(w->store.requests[OP_CREATE], 26);
	assert_int_equal(w->store.n_leases, 1);
}

/* etcd may do a write whose answer got lost: there must be one lease. */
static void
test_create_whose_answer_was_lost(void **state)
{
	struct world *w = *state;
	struct node *n;

	w->store.fail_after[OP_CREATE] = true;
	store_fail(&w->store, OP_CREATE, RUDDER_EREGISTRY, 1);
	store_config(&w->store, WORLD_CONFIG);
	n = world_start(w, 0);
	world_run(w, SECONDS(10));
	assert_int_equal(n->ready, 1);
	assert_int_equal(w->store.n_leases, 1);
	assert_int_equal(w->store.requests[OP_CREATE], 1);
}

static void
test_renewed_for_a_month(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	uint64_t version = store_find(&w->store, own_key(n))->version, now;
	unsigned renewals = w->store.requests[OP_RENEW];

	for (int hour = 0; hour < 30 * 24; hour++) {
		world_run(w, HOURS(1));
		now = store_find(&w->store, own_key(n))->version;
		renewals += now != version;
		version = now;
	}
	/* Every eight hours or so: 90 in a month. */
	assert_in_range(renewals, 80, 100);
	assert_int_equal(w->store.requests[OP_RENEW], renewals);
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->record.dels, 0);
	assert_string_equal(store_find(&w->store, own_key(n))->value,
	    "{\"PublicIP\":\"192.168.0.1\"}");
}

static void
test_renewal_meets_a_changed_version(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	/* A legacy twin tool wrote the same lease behind our back. */
	store_put(&w->store, own_key(n), "{\"PublicIP\":\"192.168.0.1\"}", 50);
	world_run(w, SECONDS(5));
	assert_int_equal(store_find(&w->store, own_key(n))->ttl, 86400);
	assert_int_equal(n->failed, 0);
}

static void
test_deleted_lease_is_claimed_again(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_delete(&w->store, own_key(n));
	world_run(w, SECONDS(1));
	assert_non_null(store_find(&w->store, own_key(n)));
	assert_int_equal(n->failed, 0);
	assert_int_equal(n->ready, 1);
	assert_true(n->record.attached);
}

static void
test_lease_taken_by_another_is_a_conflict(void **state)
{
	struct world *w = *state;
	struct node *n = running_until(w, LEASE_EXIT);

	store_put(
	    &w->store, own_key(n), "{\"PublicIP\":\"192.168.0.9\"}", 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_non_null(strstr(n->why, "192.168.0.9"));
	assert_string_equal(store_find(&w->store, own_key(n))->value,
	    "{\"PublicIP\":\"192.168.0.9\"}");
}

/* Another one of 2014 took it while we were away, and has renewed it (F04). */
static void
test_lease_that_ran_out_is_not_taken_back(void **state)
{
	struct world *w = *state;
	struct node *n = running_until(w, LEASE_EXIT);

	for (int op = 0; op < OPS; op++)
		store_fail(&w->store, op, RUDDER_EREGISTRY, UINT32_MAX);
	world_run(w, HOURS(50));
	store_delete(&w->store, own_key(n));
	store_put(&w->store, own_key(n), "", 80000);
	for (int op = 0; op < OPS; op++)
		store_fail(&w->store, op, 0, 0);
	world_run(w, MINUTES(1));
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_string_equal(store_find(&w->store, own_key(n))->value, "");
}

/* But an empty value alone, as of a legacy twin, is no claim. */
static void
test_emptied_lease_is_filled_again(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_put(&w->store, own_key(n), "", 80000);
	world_run(w, SECONDS(5));
	assert_int_equal(n->failed, 0);
	assert_string_equal(store_find(&w->store, own_key(n))->value,
	    "{\"PublicIP\":\"192.168.0.1\"}");
}

/*
 * Two with the same address, as of machines that were cloned, and of two
 * minds about the backend: the later one has it, and they do not go on
 * writing over each other for ever.
 */
static void
test_twin_with_another_backend_is_a_conflict(void **state)
{
	struct world *w = *state;
	struct rudder_module other = w->udp;
	struct node *a = running(w), *b = world_start(w, 1);

	other.name = "other";
	b->engine.public_ip = "192.168.0.1";
	b->engine.backend_module = &other;
	world_run(w, MINUTES(1));
	assert_int_equal(a->lost, 1);
	assert_int_equal(b->ready, 1);
	assert_true(net_equal(b->facts.subnet, a->facts.subnet));
	assert_in_range(w->store.requests[OP_RENEW], 1, 3);
	world_stop(w, 1);
}

static void
test_out_of_subnets_is_told_and_waited_out(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_config(&w->store, "{\"Network\":\"10.1.0.0/23\"}");
	store_put(
	    &w->store, "10.1.0.0-24", "{\"PublicIP\":\"192.168.0.8\"}", 100);
	store_put(
	    &w->store, "10.1.1.0-24", "{\"PublicIP\":\"192.168.0.9\"}", 100);
	n = world_start(w, 0);
	world_run(w, MINUTES(2));
	assert_int_equal(n->ready, 0);
	assert_int_equal(n->failed, 0);
	assert_non_null(strstr(n->last, "out of subnets: all 2"));
	assert_in_range(n->warnings, 5, 20); /* not one for each try */
	assert_in_range(w->store.requests[OP_LIST], 10, 60);
	store_delete(&w->store, "10.1.1.0-24");
	world_run(w, SECONDS(10));
	assert_int_equal(n->ready, 1);
	assert_string_equal(own_key(n), "10.1.1.0-24");
}

/* ---- Patience ---------------------------------------------------------------- */

/*
 * Ten minutes in which one thing fails and another goes well: at most a
 * hundred and fifty times, and it is told once in ten seconds (F10, F11).
 */
static void
assert_patient(struct world *w, struct node *n, enum store_op op)
{
	unsigned requests = w->store.requests[op], warnings = n->warnings;

	world_run(w, MINUTES(10));
	assert_in_range(w->store.requests[op] - requests, 100, 150);
	assert_in_range(n->warnings - warnings, 40, 65);
	assert_int_equal(n->failed, 0);
}

static void
test_patience_without_free_subnets(void **state)
{
	struct world *w = *state;

	store_config(&w->store, "{\"Network\":\"10.1.0.0/23\"}");
	store_put(
	    &w->store, "10.1.0.0-24", "{\"PublicIP\":\"192.168.0.8\"}", 100);
	store_put(
	    &w->store, "10.1.1.0-24", "{\"PublicIP\":\"192.168.0.9\"}", 100);
	assert_patient(w, world_start(w, 0), OP_LIST);
}

/* As of an etcd that lets everybody read and only some write (E-17). */
static void
test_patience_without_the_right_to_write(void **state)
{
	struct world *w = *state;

	store_config(&w->store, WORLD_CONFIG);
	store_fail(&w->store, OP_CREATE, RUDDER_EREGISTRY, UINT32_MAX);
	assert_patient(w, world_start(w, 0), OP_CREATE);
}

static void
test_patience_with_a_lease_that_cannot_be_claimed_again(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_fail(&w->store, OP_CREATE, RUDDER_EREGISTRY, UINT32_MAX);
	store_delete(&w->store, own_key(n));
	assert_patient(w, n, OP_CREATE);
}

static void
test_patience_with_races_that_are_never_won(void **state)
{
	struct world *w = *state;

	store_config(&w->store, WORLD_CONFIG);
	store_fail(&w->store, OP_CREATE, RUDDER_EEXISTS, UINT32_MAX);
	assert_patient(w, world_start(w, 0), OP_CREATE);
}

static void
test_patience_with_a_route_that_is_never_taken(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	n->record.fail_sets = UINT32_MAX;
	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	assert_patient(w, n, OP_LIST);
}

static void
test_patience_with_a_history_that_is_always_lost(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_fail(&w->store, OP_WATCH, RUDDER_ELOST, UINT32_MAX);
	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	assert_patient(w, n, OP_LIST);
}

static void
test_patience_with_a_config_that_is_always_lost(void **state)
{
	struct world *w = *state;

	store_fail(&w->store, OP_CONFIG, RUDDER_ELOST, UINT32_MAX);
	assert_patient(w, world_start(w, 0), OP_CONFIG);
}

/* ---- Peers ------------------------------------------------------------------ */

static void
test_peers_join_move_and_leave(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.8\"}",
	    86400);
	world_run(w, 1);
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.9\"}",
	    86400);
	world_run(w, 1);
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(9));
	store_delete(&w->store, "10.1.200.0-24");
	world_run(w, SECONDS(15));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), 0);
	assert_int_equal(n->record.n_peers, 0);
}

/* A registry that loses leases for a moment stops no packet: the directory is
 * deleted, and most claim again; one after the other has really left. */
static void
test_route_outlives_its_lease_for_a_while(void **state)
{
	static const char *const keys[] = { "10.1.200.0-24", "10.1.201.0-24",
		"10.1.202.0-24", "10.1.203.0-24" };
	struct world *w = *state;
	struct node *n = running(w);

	for (size_t i = 0; i < 4; i++)
		store_put(&w->store, keys[i], "{\"PublicIP\":\"192.168.0.7\"}",
		    86400);
	world_run(w, 1);
	for (size_t i = 0; i < 4; i++) {
		store_delete(&w->store, keys[i]);
		world_run(w, SECONDS(4));
	}
	assert_int_equal(n->record.dels, 1);
	assert_int_equal(record_peer(&n->record, keys[0]), 0);
	store_put(&w->store, keys[1], "{\"PublicIP\":\"192.168.0.7\"}", 86400);
	store_put(&w->store, keys[2], "{\"PublicIP\":\"192.168.0.8\"}", 86400);
	world_run(w, 1);
	assert_int_equal(record_peer(&n->record, keys[2]), HOST(8));
	world_run(w, MINUTES(1));
	assert_int_equal(record_peer(&n->record, keys[1]), HOST(7));
	assert_int_equal(record_peer(&n->record, keys[2]), HOST(8));
	assert_int_equal(record_peer(&n->record, keys[3]), 0);
	assert_int_equal(n->record.dels, 2);
	assert_int_equal(n->record.sets, 5);
}

/* So much that one list says it all, and no request for each (E-9). */
static void
test_far_behind_is_made_up_by_a_list(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	unsigned lists = w->store.requests[OP_LIST];
	unsigned watches = w->store.requests[OP_WATCH];
	char key[32];

	for (unsigned i = 0; i < 60; i++) {
		snprintf(key, sizeof(key), "10.1.%u.0-24", 190 + i);
		store_put(
		    &w->store, key, "{\"PublicIP\":\"192.168.0.7\"}", 86400);
	}
	world_run(w, SECONDS(2));
	assert_int_equal(n->record.n_peers, 60);
	assert_int_equal(w->store.requests[OP_LIST], lists + 1);
	assert_in_range(w->store.requests[OP_WATCH] - watches, 1, 5);
	store_delete(&w->store, "10.1.200.0-24");
	world_run(w, SECONDS(16));
	assert_int_equal(n->record.n_peers, 59);
	assert_int_equal(w->store.requests[OP_LIST], lists + 1);
}

/* It is gone again before its time is up: that begins anew. */
static void
test_route_of_a_lease_that_comes_and_goes(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	for (unsigned i = 0; i < 10; i++) {
		store_put(&w->store, "10.1.200.0-24",
		    "{\"PublicIP\":\"192.168.0.7\"}", 86400);
		world_run(w, SECONDS(10));
		store_delete(&w->store, "10.1.200.0-24");
		world_run(w, SECONDS(10));
	}
	assert_int_equal(n->record.sets, 1);
	assert_int_equal(n->record.dels, 0);
	world_run(w, SECONDS(10));
	assert_int_equal(n->record.dels, 1);
}

/* Hosts of 2014 renew with an empty value: the route stays (F04). */
static void
test_empty_value_keeps_the_route(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.8\"}",
	    86400);
	world_run(w, 1);
	store_put(&w->store, "10.1.200.0-24", "", 86400);
	world_run(w, 1);
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
	store_forget_history(&w->store);
	world_run(w, MINUTES(20)); /* a list sees it empty too */
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
	assert_int_equal(n->record.dels, 0);
}

static void
test_leases_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *key, *value, *word;
	} bad[] = {
		{ "10.9.0.0-24", "{\"PublicIP\":\"192.168.0.8\"}", "outside" },
		{ "10.1.9.0-24", "{\"PublicIP\":\"10.1.3.4\"}", "inside" },
		{ "10.1.9.0-24", "{\"PublicIP\":\"0.0.0.0\"}", "not the addr" },
		{ "10.1.9.0-24", "{\"PublicIP\":\"127.0.0.1\"}",
		    "not the addr" },
		{ "10.1.9.0-24", "{\"PublicIP\":\"239.1.1.1\"}",
		    "not the addr" },
		{ "10.1.0.0-16", "{\"PublicIP\":\"192.168.0.8\"}", "overlaps" },
		{ "10.1.9.0-24", "{\"PublicIP\":\"192.168.0.1\"}", "ours" },
		{ "10.1.9.0-24", "not JSON", "no PublicIP" },
		{ "10.1.9.0-24", "{\"PublicIP\":7}", "no PublicIP" },
		{ "10.1.9.0-24", "{\"PublicIP\":\"fe80::1\"}", "no PublicIP" },
		{ "10.1.9.0-24", "[]", "no PublicIP" },
	};
	struct world *w = *state;
	struct node *n = running(w);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		store_put(&w->store, bad[i].key, bad[i].value, 86400);
		world_run(w, 1);
		assert_int_equal(n->record.n_peers, 0);
		assert_non_null(strstr(n->last, bad[i].word));
		store_delete(&w->store, bad[i].key);
		world_run(w, 1);
	}
	assert_int_equal(n->failed, 0);
	store_put(
	    &w->store, "10.1.9.0-24", "{\"publicip\":\"192.168.0.8\"}", 86400);
	world_run(w, 1);
	assert_int_equal(n->record.n_peers, 1);
}

/* Whoever may write into the registry does not write into our log. */
static void
test_log_has_one_line_of_whatever_there_is(void **state)
{
	struct world *w = *state;
	struct node *n = running_until(w, LEASE_EXIT);

	store_put(&w->store, "10.1.200.0-24", "a\n<0>b\033[2J\x7f", 86400);
	world_run(w, 1);
	assert_non_null(strstr(n->last, "\"a?<0>b?[2J?\""));
	store_put(&w->store, own_key(n),
	    "{\"PublicIP\":\"192.168.0.9\",\n\"x\":1}", 86400);
	world_run(w, 1);
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_null(strchr(n->why, '\n'));
}

/* What changed while the history was lost is found, and nothing else (F03). */
static void
test_lost_history_is_made_up_by_a_list(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	unsigned sets;

	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	store_put(&w->store, "10.1.201.0-24", "{\"PublicIP\":\"192.168.0.8\"}",
	    86400);
	store_put(&w->store, "10.1.202.0-24", "{\"PublicIP\":\"192.168.0.9\"}",
	    86400);
	world_run(w, SECONDS(10));
	sets = n->record.sets;
	/* While nobody looks: one moves, one leaves, one stays, one comes. */
	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.6\"}",
	    86400);
	store_delete(&w->store, "10.1.201.0-24");
	store_put(&w->store, "10.1.203.0-24", "{\"PublicIP\":\"192.168.0.8\"}",
	    86400);
	store_forget_history(&w->store);
	world_run(w, SECONDS(20));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(6));
	assert_int_equal(record_peer(&n->record, "10.1.201.0-24"), 0);
	assert_int_equal(record_peer(&n->record, "10.1.202.0-24"), HOST(9));
	assert_int_equal(record_peer(&n->record, "10.1.203.0-24"), HOST(8));
	assert_int_equal(n->record.sets, sets + 2);
	assert_int_equal(n->record.dels, 1);
	assert_int_equal(n->failed, 0);
}

static void
test_wiped_registry_gets_our_lease_back(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	world_run(w, HOURS(1));
	store_wipe(&w->store);
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, MINUTES(1));
	assert_non_null(store_find(&w->store, own_key(n)));
	assert_int_equal(n->failed, 0);
}

/* Restored from nothing: who claims again stays, who does not has left. */
static void
test_wiped_registry_leaves_peers_time_to_come_back(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	store_put(&w->store, "10.1.201.0-24", "{\"PublicIP\":\"192.168.0.8\"}",
	    86400);
	world_run(w, HOURS(1));
	store_wipe(&w->store);
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, SECONDS(5));
	assert_int_equal(n->record.dels, 0);
	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	world_run(w, MINUTES(1));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(7));
	assert_int_equal(record_peer(&n->record, "10.1.201.0-24"), 0);
	assert_int_equal(n->record.dels, 1);
}

/* An hour without a registry: packets flow, and the log stays readable. */
static void
test_registry_away_for_an_hour(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	unsigned lines = n->lines;

	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	world_run(w, 1);
	for (int op = 0; op < OPS; op++)
		store_fail(&w->store, op, RUDDER_EREGISTRY, UINT32_MAX);
	store_delete(&w->store, "10.1.200.0-24");
	world_run(w, HOURS(1));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(7));
	assert_in_range(n->lines - lines, 2, 400);
	assert_non_null(strstr(n->last, "still trying after"));
	for (int op = 0; op < OPS; op++)
		store_fail(&w->store, op, 0, 0);
	world_run(w, SECONDS(25));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), 0);
	assert_true(n->record.attached);
}

static void
test_route_that_the_backend_refused_comes_later(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);

	n->record.fail_sets = 3;
	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    86400);
	world_run(w, SECONDS(30));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(7));
}

/* ---- Together ----------------------------------------------------------------- */

static void
start_together(uint64_t seed)
{
	struct world *w = test_calloc(1, sizeof(*w));
	struct node *a, *b;
	char key[NET_TEXT];

	world_init(w, seed);
	/* So small that they often draw the same subnet. */
	store_config(&w->store, "{\"Network\":\"10.1.0.0/23\"}");
	a = world_start(w, 0);
	b = world_start(w, 1);
	world_run(w, SECONDS(5));
	assert_int_equal(w->store.n_leases, 2);
	assert_int_equal(a->ready + b->ready, 2);
	assert_int_equal(record_peer(&a->record, own_key(b)), HOST(2));
	assert_int_equal(
	    record_peer(&b->record, net_key(key, a->facts.subnet)), HOST(1));
	world_fini(w);
	test_free(w);
}

static void
test_two_hosts_start_together_a_hundred_times(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++)
		start_together(seed);
}

static void
test_restart_finds_the_same_subnet(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	struct rudder_net subnet = n->facts.subnet;

	for (int i = 0; i < 10; i++) {
		world_stop(w, 0);
		world_run(w, HOURS(1));
		world_start(w, 0);
		world_run(w, SECONDS(1));
		assert_int_equal(n->ready, 1);
		assert_true(net_equal(n->facts.subnet, subnet));
		assert_int_equal(w->store.n_leases, 1);
	}
}

static void
test_failed_module_is_told_once(void **state)
{
	struct world *w = *state;
	struct node *n = running(w);
	const struct rudder_env *env = n->record.env;

	env->failed(env, -EIO, "the device has gone");
	env->failed(env, -EINVAL, "and so on");
	assert_int_equal(n->failed, 0); /* never inside of the call */
	world_run(w, DAYS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, -EIO);
	assert_string_equal(n->why, "the device has gone");
}

/* The device that goes while we are failing already is no second failure. */
static void
test_failure_is_the_last_word(void **state)
{
	struct world *w = *state;
	struct node *n = running_until(w, LEASE_EXIT);
	const struct rudder_env *env = n->record.env;

	store_put(
	    &w->store, own_key(n), "{\"PublicIP\":\"192.168.0.9\"}", 86400);
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 1);
	env->failed(env, -EIO, "the device has gone");
	world_run(w, DAYS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, RUDDER_ECONFLICT);
}

#define ENGINE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_first_host_joins),
		ENGINE_TEST(test_late_config_is_waited_for),
		ENGINE_TEST(test_bad_config_ends_it),
		ENGINE_TEST(test_config_of_another_backend_ends_it),
		ENGINE_TEST(test_config_sets_options_of_the_backend),
		ENGINE_TEST(test_option_may_say_the_same_as_the_config),
		ENGINE_TEST(test_option_against_config_ends_it),
		ENGINE_TEST(test_backend_that_cannot_open_takes_no_lease),
		ENGINE_TEST(test_unknown_interface_ends_it),
		ENGINE_TEST(test_own_lease_is_adopted),
		ENGINE_TEST(test_old_lease_is_renewed_at_once),
		ENGINE_TEST(test_lease_for_ages_is_adopted),
		ENGINE_TEST(test_lease_outside_of_the_config_is_not_adopted),
		ENGINE_TEST(test_reservation_is_used_and_never_written),
		ENGINE_TEST(test_lost_race_is_run_again),
		ENGINE_TEST(test_create_whose_answer_was_lost),
		ENGINE_TEST(test_renewed_for_a_month),
		ENGINE_TEST(test_renewal_meets_a_changed_version),
		ENGINE_TEST(test_deleted_lease_is_claimed_again),
		ENGINE_TEST(test_lease_taken_by_another_is_a_conflict),
		ENGINE_TEST(test_lease_that_ran_out_is_not_taken_back),
		ENGINE_TEST(test_emptied_lease_is_filled_again),
		ENGINE_TEST(test_twin_with_another_backend_is_a_conflict),
		ENGINE_TEST(test_out_of_subnets_is_told_and_waited_out),
		ENGINE_TEST(test_patience_without_free_subnets),
		ENGINE_TEST(test_patience_without_the_right_to_write),
		ENGINE_TEST(
		    test_patience_with_a_lease_that_cannot_be_claimed_again),
		ENGINE_TEST(test_patience_with_races_that_are_never_won),
		ENGINE_TEST(test_patience_with_a_route_that_is_never_taken),
		ENGINE_TEST(test_patience_with_a_history_that_is_always_lost),
		ENGINE_TEST(test_patience_with_a_config_that_is_always_lost),
		ENGINE_TEST(test_peers_join_move_and_leave),
		ENGINE_TEST(test_route_outlives_its_lease_for_a_while),
		ENGINE_TEST(test_route_of_a_lease_that_comes_and_goes),
		ENGINE_TEST(test_far_behind_is_made_up_by_a_list),
		ENGINE_TEST(test_empty_value_keeps_the_route),
		ENGINE_TEST(test_leases_that_cannot_be_are_refused),
		ENGINE_TEST(test_log_has_one_line_of_whatever_there_is),
		ENGINE_TEST(test_lost_history_is_made_up_by_a_list),
		ENGINE_TEST(test_wiped_registry_gets_our_lease_back),
		ENGINE_TEST(test_wiped_registry_leaves_peers_time_to_come_back),
		ENGINE_TEST(test_registry_away_for_an_hour),
		ENGINE_TEST(test_route_that_the_backend_refused_comes_later),
		cmocka_unit_test(test_two_hosts_start_together_a_hundred_times),
		ENGINE_TEST(test_restart_finds_the_same_subnet),
		ENGINE_TEST(test_failed_module_is_told_once),
		ENGINE_TEST(test_failure_is_the_last_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
