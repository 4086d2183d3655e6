/* SPDX-License-Identifier: Apache-2.0 */
/* Every arrow of the diagram in lease.h, and every policy. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "world.h"

#define FORMER "10.1.5.0-24"
#define OURS "{\"PublicIP\":\"192.168.0.1\",\"NodeID\":\"me\"}"
#define THEIRS "{\"PublicIP\":\"192.168.0.9\",\"NodeID\":\"them\"}"

static const struct rudder_net former = { 0x0a010500, 24 };

/* Whatever the story was, no two ever owned one subnet. */
static int
teardown(void **state)
{
	struct world *w = *state;

	assert_int_equal(w->collisions, 0);
	return world_teardown(state);
}

/* Node 0 with its id and the subnet it had; it begins when the world runs. */
static struct node *
start(struct world *w, enum lease_loss on_loss)
{
	struct node *n = world_start(w, 0);

	n->engine.terms.on_loss = on_loss;
	n->engine.terms.node_id = "me";
	n->engine.terms.former = former;
	return n;
}

/* Node 0 on FORMER, with a peer. */
static struct node *
running(struct world *w, enum lease_loss on_loss)
{
	struct node *n = start(w, on_loss);

	store_put(&w->store, "10.1.200.0-24", "{\"PublicIP\":\"192.168.0.8\"}",
	    864000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_true(net_equal(n->facts.subnet, former));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
	return n;
}

static void
registry_away(struct world *w)
{
	for (int op = 0; op < OPS; op++)
		store_fail(&w->store, op, RUDDER_EREGISTRY, UINT32_MAX);
}

static void
registry_back(struct world *w)
{
	for (int op = 0; op < OPS; op++)
		store_fail(&w->store, op, 0, 0);
}

static void
assert_value(struct world *w, const char *key, const char *value)
{
	const struct store_lease *l = store_find(&w->store, key);

	if (value == NULL) {
		assert_null(l);
		return;
	}
	assert_non_null(l);
	assert_string_equal(l->value, value);
}

/* ---- The first list --------------------------------------------------------- */

static void
test_former_subnet_is_claimed_again(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	assert_value(w, FORMER, OURS);
	assert_int_equal(n->warnings, 0);
	assert_string_equal(
	    n->belief, "lease: 10.1.5.0/24 is ours for 86400 s");
}

/* What a foreign program put there stays, and our id comes to it. */
static void
test_lease_without_an_id_is_completed(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.1.7.0-24",
	    "{\"PublicIP\":\"192.168.0.1\",\"x\":[1]}", 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_value(w, "10.1.7.0-24",
	    "{\"PublicIP\":\"192.168.0.1\",\"x\":[1],\"NodeID\":\"me\"}");
	assert_non_null(strstr(n->last, "this host had 10.1.5.0/24"));
	world_run(w, DAYS(2));
	assert_value(w, "10.1.7.0-24",
	    "{\"PublicIP\":\"192.168.0.1\",\"x\":[1],\"NodeID\":\"me\"}");
}

/* Our address changed while we were away (F49). */
static void
test_former_subnet_with_an_old_address_is_ours(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_put(&w->store, FORMER,
	    "{\"PublicIP\":\"192.168.0.77\",\"NodeID\":\"me\",\"x\":1}", 80000);
	world_run(w, SECONDS(14));
	assert_int_equal(n->ready, 0);
	assert_value(w, FORMER,
	    "{\"PublicIP\":\"192.168.0.77\",\"NodeID\":\"me\",\"x\":1,"
	    "\"AskedBy\":\"192.168.0.1\"}");
	world_run(w, SECONDS(2));
	assert_int_equal(n->ready, 1);
	assert_value(w, FORMER,
	    "{\"PublicIP\":\"192.168.0.1\",\"NodeID\":\"me\",\"x\":1}");
	assert_int_equal(w->store.requests[OP_RENEW], 2);
	assert_int_equal(w->store.requests[OP_CREATE], 0);
	assert_int_equal(n->warnings, 0);
}

/* Killed while it was listening: it goes on to listen, and has what it had. */
static void
test_question_of_a_life_before_is_not_asked_again(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_EXIT);

	store_put(&w->store, FORMER,
	    "{\"PublicIP\":\"192.168.0.77\",\"NodeID\":\"me\","
	    "\"AskedBy\":\"192.168.0.1\"}",
	    80000);
	world_run(w, SECONDS(16));
	assert_int_equal(n->ready, 1);
	assert_value(w, FORMER, OURS);
	assert_int_equal(w->store.requests[OP_RENEW], 1);
}

/* As in a dry run: there is no question for anybody to answer. */
static void
test_question_that_was_not_written_is_not_answered(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_EXIT);

	store_put(&w->store, FORMER,
	    "{\"PublicIP\":\"192.168.0.77\",\"NodeID\":\"me\"}", 80000);
	store_fail(&w->store, OP_RENEW, 0, 1); /* well, but not done */
	world_run(w, SECONDS(16));
	assert_int_equal(n->ready, 1);
	assert_value(w, FORMER, OURS);
}

/* A disk was copied, with the machine-id and the state: the first one lives. */
static struct node *
clone_of(struct world *w, enum lease_loss on_loss)
{
	struct node *clone = world_start(w, 1);

	clone->engine.terms.on_loss = on_loss;
	clone->engine.terms.node_id = "me";
	clone->engine.terms.former = former;
	return clone;
}

static void
test_clone_does_not_take_the_subnet_of_who_lives(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE), *clone;

	clone = clone_of(w, LEASE_QUARANTINE);
	world_run(w, SECONDS(10));
	assert_int_equal(clone->ready, 1);
	assert_false(net_equal(clone->facts.subnet, former));
	assert_int_equal(clone->warnings, 1);
	assert_non_null(strstr(clone->last, "10.1.5.0/24"));
	assert_non_null(strstr(clone->last, "192.168.0.1"));
	assert_non_null(strstr(clone->last, "systemd-machine-id-setup"));
	assert_value(w, FORMER, OURS);
	assert_int_equal(n->lost, 0);
	assert_int_equal(n->ends, 0);
	assert_non_null(strstr(n->last, "192.168.0.2"));
	assert_non_null(strstr(n->last, "systemd-machine-id-setup"));
	assert_string_equal(n->owned, "10.1.5.0/24");
}

/*
 * A registry that was away has just come back. Who lives looks at it again in
 * some seconds, and is asked before that.
 */
static void
test_who_lives_answers_after_an_outage(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE), *clone;

	for (unsigned i = 0; i < 8; i++) {
		registry_away(w);
		store_put(&w->store, "10.1.200.0-24",
		    "{\"PublicIP\":\"192.168.0.8\"}", 864000);
		world_run(w, MINUTES(1) + i * 700);
		registry_back(w);
		clone = clone_of(w, LEASE_QUARANTINE);
		world_run(w, MINUTES(1));
		assert_int_equal(clone->ready, 1);
		assert_false(net_equal(clone->facts.subnet, former));
		world_stop(w, 1);
	}
	assert_value(w, FORMER, OURS);
	assert_int_equal(n->lost, 0);
}

static void
test_clone_that_is_to_exit_does(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_EXIT), *clone;

	clone = clone_of(w, LEASE_EXIT);
	world_run(w, SECONDS(10));
	assert_int_equal(clone->err, RUDDER_ECONFLICT);
	assert_non_null(strstr(clone->why, "systemd-machine-id-setup"));
	assert_int_equal(n->failed, 0);
	assert_string_equal(n->owned, "10.1.5.0/24");
	assert_value(w, FORMER, OURS);
}

/* The first one could not hear of the question: it has lost its subnet. */
static void
test_taken_over_by_a_clone(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_put(&w->store, FORMER,
	    "{\"PublicIP\":\"192.168.0.9\",\"NodeID\":\"me\"}", 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->lost, 1);
	assert_string_equal(n->owned, "");
	assert_non_null(strstr(n->lost_why, "192.168.0.9"));
	assert_non_null(strstr(n->lost_why, "one machine-id"));
	assert_non_null(strstr(n->lost_why, "systemd-machine-id-setup"));
	assert_int_equal(w->store.requests[OP_RENEW], 0);
}

/* ---- Twins ------------------------------------------------------------------ */

static const char you[] = "{\"PublicIP\":\"192.168.0.1\",\"NodeID\":\"you\"}";

/* The twin is not in our first list: it writes after that, before us... */
static void
come_first(void *arg, enum store_op op)
{
	struct world *w = arg;

	if (op != OP_LIST)
		return;
	w->store.meanwhile = NULL;
	store_put(&w->store, "10.1.7.0-24", you, 80000);
}

/* ...or after us. */
static void
come_second(void *arg, enum store_op op)
{
	struct world *w = arg;

	if (op != OP_CREATE)
		return;
	w->store.meanwhile = NULL;
	store_put(&w->store, "10.1.3.0-24", you, 80000);
}

static void
test_younger_of_two_twins_that_start_together_yields(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_KEEP);

	w->store.meanwhile = come_first;
	w->store.arg = w;
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_non_null(strstr(n->why, "192.168.0.1"));
	assert_non_null(strstr(n->why, "node id you"));
	assert_non_null(strstr(n->why, "ours is me"));
	assert_string_equal(n->owned, "");
	assert_value(w, "10.1.7.0-24", you);
	assert_int_equal(w->store.n_leases, 1); /* ours is released */
}

/* Both at once: a twin is older, and ours is another's already. */
static void
come_first_and_take(void *arg, enum store_op op)
{
	struct world *w = arg;

	if (op == OP_LIST && w->store.n_leases == 0)
		store_put(&w->store, "10.1.7.0-24", you, 80000);
	if (op != OP_CREATE)
		return;
	w->store.meanwhile = NULL;
	store_put(&w->store, FORMER, THEIRS, 80000);
}

static void
test_who_yields_to_a_twin_releases_no_lease_of_another(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	w->store.meanwhile = come_first_and_take;
	w->store.arg = w;
	world_run(w, MINUTES(5));
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_value(w, FORMER, THEIRS);
}

static void
test_older_of_two_twins_that_start_together_stays(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_KEEP);

	w->store.meanwhile = come_second;
	w->store.arg = w;
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 0);
	assert_int_equal(n->ready, 1);
	assert_string_equal(n->owned, "10.1.5.0/24");
	assert_int_equal(w->store.n_leases, 2);
}

/* Ours is the younger lease by an accident only. */
static void
test_who_has_long_been_there_does_not_yield(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_EXIT);

	world_run(w, HOURS(1));
	store_put(&w->store, "10.1.7.0-24", you, 80000);
	store_delete(&w->store, FORMER);
	world_run(w, HOURS(1));
	assert_value(w, FORMER, OURS);
	assert_int_equal(n->failed, 0);
	assert_string_equal(n->owned, "10.1.5.0/24");
}

/* Of the younger one's lease, which is there still, the older one is told. */
static void
test_older_of_two_twins_starts_again(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.1.7.0-24", you, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 0);
	world_stop(w, 0);
	n = start(w, LEASE_QUARANTINE);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_true(net_equal(n->facts.subnet, former));
	assert_value(w, "10.1.7.0-24", you);
}

/* But not elsewhere, and not where nothing may be written. */
static void
test_old_address_elsewhere_is_another_host(void **state)
{
	static const char old[] =
	    "{\"PublicIP\":\"192.168.0.77\",\"NodeID\":\"me\"}";
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.1.7.0-24", old, 80000);
	store_put(&w->store, FORMER, old, 0);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_false(net_equal(n->facts.subnet, former));
	assert_value(w, "10.1.7.0-24", old);
	assert_value(w, FORMER, old);
}

static void
test_twin_is_refused_with_both_names(void **state)
{
	static const char twin[] =
	    "{\"PublicIP\":\"192.168.0.1\",\"NodeID\":\"you\"}";
	struct world *w = *state;
	struct node *n = start(w, LEASE_KEEP);

	store_put(&w->store, "10.1.7.0-24", twin, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_non_null(strstr(n->why, "192.168.0.1"));
	assert_non_null(strstr(n->why, "node id you"));
	assert_non_null(strstr(n->why, "ours is me"));
	assert_non_null(strstr(n->why, "-public-ip or -iface"));
	assert_int_equal(w->store.n_leases, 1);
	assert_value(w, "10.1.7.0-24", twin);
}

static void
test_former_subnet_that_does_not_fit_is_passed_over(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_EXIT);

	store_config(&w->store, "{\"Network\":\"10.2.0.0/16\"}");
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_true(net_has(n->facts.network, n->facts.subnet.addr));
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "does not fit the network config"));
}

static void
taken_at_the_start(struct world *w, enum lease_loss on_loss)
{
	struct node *n = start(w, on_loss);

	store_put(&w->store, FORMER, THEIRS, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->failed, 0);
	assert_false(net_equal(n->facts.subnet, former));
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "10.1.5.0/24"));
	assert_non_null(strstr(n->last, "192.168.0.9"));
	assert_value(w, FORMER, THEIRS);
}

static void
test_former_subnet_of_another_keep(void **state)
{
	taken_at_the_start(*state, LEASE_KEEP);
}

static void
test_former_subnet_of_another_quarantine(void **state)
{
	taken_at_the_start(*state, LEASE_QUARANTINE);
}

static void
test_former_subnet_of_another_exit(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_EXIT);

	store_put(&w->store, FORMER, THEIRS, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_non_null(strstr(n->why, "10.1.5.0/24"));
	assert_non_null(strstr(n->why, "192.168.0.9"));
	assert_int_equal(w->store.n_leases, 1);
}

/* Somebody is faster than our create. */
static void
steal(void *arg, enum store_op op)
{
	struct world *w = arg;

	if (op != OP_LIST)
		return;
	w->store.meanwhile = NULL;
	store_put(&w->store, FORMER, THEIRS, 80000);
}

static void
test_former_subnet_taken_in_the_last_moment(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	w->store.meanwhile = steal;
	w->store.arg = w;
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_false(net_equal(n->facts.subnet, former));
	assert_value(w, FORMER, THEIRS);
}

static void
test_warned_once_when_few_are_free(void **state)
{
	struct world *w = *state;
	struct node *n;
	char key[32];

	store_config(&w->store, "{\"Network\":\"10.1.0.0/20\"}");
	for (int i = 0; i < 12; i++) { /* of 16: three quarters */
		snprintf(key, sizeof(key), "10.1.%d.0-24", i);
		store_put(&w->store, key, THEIRS, 80000);
	}
	n = world_start(w, 0);
	world_run(w, SECONDS(1));
	assert_int_equal(n->warnings, 0);
	n = world_start(w, 1);
	store_fail(&w->store, OP_CREATE, RUDDER_EEXISTS, 3);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "13 of the 16 subnets"));
}

/* ---- Held ------------------------------------------------------------------- */

/* Each renewal is of bytes that are there: it may be a refresh. */
static void
test_renewals_say_that_nothing_changed(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	world_run(w, DAYS(10));
	assert_in_range(w->store.requests[OP_RENEW], 25, 35);
	assert_int_equal(w->store.same_values, w->store.requests[OP_RENEW]);
	assert_int_equal(n->claims, 1 + w->store.requests[OP_RENEW]);
	assert_int_equal(n->ends, 0);
}

static void
test_short_lease_is_never_late(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	n->engine.terms.ttl = 5;
	world_run(w, HOURS(1));
	assert_int_equal(store_find(&w->store, FORMER)->ttl, 5);
	/* Every second and two thirds, give or take. */
	assert_in_range(w->store.requests[OP_RENEW], 2000, 2400);
	assert_int_equal(n->ends, 0);
	assert_string_equal(n->belief, "lease: 10.1.5.0/24 is ours for 5 s");
}

static void
test_wiped_registry_gives_the_subnet_back(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_wipe(&w->store);
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, MINUTES(20));
	assert_value(w, FORMER, OURS);
	assert_int_equal(n->ends, 1);
	assert_string_equal(n->owned, "10.1.5.0/24");
}

static void
sleep_long(void *arg, enum store_op op)
{
	struct world *w = arg;

	if (op != OP_RENEW && op != OP_CREATE)
		return;
	w->store.meanwhile = NULL;
	w->now += HOURS(25);
	store_delete(&w->store, FORMER);
	store_put(&w->store, FORMER, THEIRS, 80000);
}

/* Stopped between the write and its answer, until all time was over. */
static void
test_answer_that_comes_too_late_is_not_believed(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	w->store.meanwhile = sleep_long;
	w->store.arg = w;
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->claims, 1);
	assert_string_not_equal(n->owned, "10.1.5.0/24");
	assert_value(w, FORMER, THEIRS);
}

static void
test_renewal_that_comes_too_late_is_not_believed(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);
	unsigned claims = n->claims;

	w->store.meanwhile = sleep_long;
	w->store.arg = w;
	world_run(w, HOURS(40));
	assert_int_equal(n->claims, claims);
	assert_int_equal(n->ends, 1);
	assert_int_equal(n->lost, 1);
	assert_string_equal(n->owned, "");
}

/* ---- Overdue ---------------------------------------------------------------- */

/* The belief ends with the time; packets flow (F13). */
static struct node *
overdue(struct world *w, enum lease_loss on_loss)
{
	struct node *n = running(w, on_loss);

	registry_away(w);
	world_run(w, HOURS(23));
	assert_int_equal(n->ends, 0);
	world_run(w, HOURS(2));
	assert_int_equal(n->ends, 1);
	assert_non_null(strstr(n->belief, "is ours no longer: it ran out"));
	world_run(w, DAYS(2));
	assert_int_equal(n->ends, 1);
	assert_int_equal(n->lost, 0);
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
	return n;
}

static void
test_overdue_lease_that_is_still_there_is_renewed(void **state)
{
	struct world *w = *state;
	struct node *n = overdue(w, LEASE_EXIT);

	registry_back(w);
	world_run(w, SECONDS(10));
	assert_string_equal(n->owned, "10.1.5.0/24");
	assert_int_equal(n->ready, 1);
}

static void
test_overdue_lease_that_is_gone_is_created(void **state)
{
	struct world *w = *state;
	struct node *n = overdue(w, LEASE_EXIT);
	unsigned creates = w->store.requests[OP_CREATE];

	store_delete(&w->store, FORMER);
	registry_back(w);
	world_run(w, SECONDS(10));
	assert_string_equal(n->owned, "10.1.5.0/24");
	assert_int_equal(w->store.requests[OP_CREATE], creates + 1);
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->failed, 0);
}

static void
overdue_and_taken(struct world *w)
{
	store_delete(&w->store, FORMER);
	store_put(&w->store, FORMER, THEIRS, 80000);
	registry_back(w);
	world_run(w, SECONDS(10));
	assert_value(w, FORMER, THEIRS);
}

static void
test_overdue_and_taken_keep(void **state)
{
	struct world *w = *state;
	struct node *n = overdue(w, LEASE_KEEP);

	overdue_and_taken(w);
	assert_int_equal(n->lost, 0);
	assert_int_equal(n->failed, 0);
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
}

static void
test_overdue_and_taken_quarantine(void **state)
{
	struct world *w = *state;
	struct node *n = overdue(w, LEASE_QUARANTINE);

	overdue_and_taken(w);
	assert_int_equal(n->lost, 1);
	assert_int_equal(n->record.n_peers, 0);
}

static void
test_overdue_and_taken_exit(void **state)
{
	struct world *w = *state;
	struct node *n = overdue(w, LEASE_EXIT);

	overdue_and_taken(w);
	assert_int_equal(n->err, RUDDER_ECONFLICT);
}

/* ---- Taken ------------------------------------------------------------------ */

/* It was too small for a while, and a wider one of another is over it now. */
static void
test_gone_and_inside_of_another(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_config(
	    &w->store, "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":22}");
	world_run(w, SECONDS(1));
	store_put(&w->store, "10.1.4.0-22", THEIRS, 80000);
	store_delete(&w->store, FORMER);
	world_run(w, MINUTES(5));
	assert_value(w, FORMER, NULL);
	assert_string_equal(n->owned, "");
	assert_int_equal(n->lost, 1);
	assert_non_null(strstr(n->lost_why, "192.168.0.9"));
	store_delete(&w->store, "10.1.4.0-22");
	world_run(w, MINUTES(2));
	assert_value(w, FORMER, OURS);
	assert_int_equal(n->ready, 2);
}

/* Nobody believes these, or ours goes before them. */
static void
test_gone_and_inside_of_what_counts_less(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.1.4.0-22", THEIRS, 80000);
	store_put(&w->store, "10.0.0.0-8", THEIRS, 80000);
	store_put(&w->store, "10.1.5.0-25", "", 80000);
	store_delete(&w->store, FORMER);
	world_run(w, SECONDS(1));
	assert_value(w, FORMER, OURS);
	assert_int_equal(n->lost, 0);
}

/* No packets, but the news of the others; and back when it is free. */
static void
test_quarantine_and_back(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);
	unsigned warnings;

	store_put(&w->store, FORMER, THEIRS, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->lost, 1);
	assert_non_null(strstr(n->lost_why, "192.168.0.9"));
	assert_int_equal(n->record.n_peers, 0);
	assert_string_equal(n->owned, "");
	assert_string_equal(n->belief,
	    "lease: 10.1.5.0/24 is ours no longer: another host has it");
	assert_non_null(strstr(n->last, "no packets flow"));
	warnings = n->warnings;
	store_put(&w->store, "10.1.201.0-24", "{\"PublicIP\":\"192.168.0.7\"}",
	    864000);
	store_delete(&w->store, "10.1.200.0-24");
	store_put(&w->store, FORMER, THEIRS, 80001); /* renewed */
	world_run(w, HOURS(20));
	assert_int_equal(n->record.n_peers, 0);
	assert_int_equal(n->lost, 1);
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->warnings, warnings);
	store_delete(&w->store, FORMER);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 2);
	assert_true(net_equal(n->facts.subnet, former));
	assert_value(w, FORMER, OURS);
	assert_string_equal(n->owned, "10.1.5.0/24");
	assert_int_equal(n->record.n_peers, 1);
	assert_int_equal(record_peer(&n->record, "10.1.201.0-24"), HOST(7));
}

/* What others wrote is told on: as one line, and as text in any encoding. */
static void
test_what_others_wrote_is_printable(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_put(&w->store, FORMER,
	    "{\"PublicIP\":\"192.168.0.9\",\n\"x\":\"\xc2\x9b\xc3\xa4\"}",
	    80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->lost, 1);
	assert_non_null(strstr(
	    n->lost_why, "{\"PublicIP\":\"192.168.0.9\",?\"x\":\"????\"}"));
}

/* What the backend does not take back at once comes later. */
static void
test_back_from_quarantine_with_a_stubborn_backend(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_put(&w->store, FORMER, THEIRS, 80000);
	world_run(w, SECONDS(1));
	n->record.fail_sets = 2;
	store_delete(&w->store, FORMER);
	world_run(w, SECONDS(30));
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
}

static void
test_lost_again_and_again(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	for (unsigned i = 1; i < 20; i++) {
		store_put(&w->store, FORMER, THEIRS, 80000);
		world_run(w, SECONDS(1));
		assert_int_equal(n->lost, i);
		store_delete(&w->store, FORMER);
		world_run(w, SECONDS(1));
		assert_int_equal(n->ready, i + 1);
	}
	assert_int_equal(n->claims, n->ends + 1);
}

static void
test_keep_goes_on_and_takes_it_back(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_KEEP);

	store_put(&w->store, FORMER, THEIRS, 80000);
	world_run(w, HOURS(20));
	assert_int_equal(n->lost, 0);
	assert_non_null(strstr(n->last, "packets go on to flow"));
	assert_string_equal(n->owned, "");
	assert_int_equal(record_peer(&n->record, "10.1.200.0-24"), HOST(8));
	assert_value(w, FORMER, THEIRS);
	store_delete(&w->store, FORMER);
	world_run(w, SECONDS(1));
	assert_string_equal(n->owned, "10.1.5.0/24");
	assert_int_equal(n->ready, 1);
}

static void
test_exit_ends_it(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_EXIT);

	store_put(&w->store, FORMER, THEIRS, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->err, RUDDER_ECONFLICT);
	assert_int_equal(n->lost, 0);
	assert_int_equal(n->ends, 1);
}

/* Our PublicIP with another node id, while we hold it. */
static void
test_twin_that_takes_it_is_another_host(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, LEASE_QUARANTINE);

	store_put(&w->store, FORMER,
	    "{\"PublicIP\":\"192.168.0.1\",\"NodeID\":\"you\"}", 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->lost, 1);
	assert_int_equal(w->store.requests[OP_RENEW], 0);
}

/* With no time it looks like a reservation; but it reserves for nobody. */
static void
test_value_that_says_nothing_is_written_over(void **state)
{
	static const char *const nothings[] = { "", "{}",
		"{\"PublicIP\":", "x" };
	struct world *w = *state;
	struct node *n = running(w, LEASE_EXIT);

	for (size_t i = 0; i < sizeof(nothings) / sizeof(*nothings); i++) {
		store_put(&w->store, FORMER, nothings[i], 0);
		world_run(w, SECONDS(1));
		assert_value(w, FORMER, OURS);
		assert_int_equal(store_find(&w->store, FORMER)->ttl, 86400);
		assert_string_equal(
		    n->belief, "lease: 10.1.5.0/24 is ours for 86400 s");
	}
	assert_int_equal(n->ends, 0);
	assert_int_equal(n->failed, 0);
	world_run(w, DAYS(2));
	assert_string_equal(n->owned, "10.1.5.0/24");
}

/* ---- More than one of ours --------------------------------------------------- */

static void
test_spare_leases_of_ours_are_released(void **state)
{
	static const char theirs_alone[] = "{\"PublicIP\":\"192.168.0.1\"}";
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.1.3.0-24", OURS, 80000);
	store_put(&w->store, FORMER, OURS, 80000);
	store_put(&w->store, "10.1.7.0-24", OURS, 80000);
	store_put(&w->store, "10.1.8.0-24", OURS, 0); /* a reservation */
	store_put(&w->store, "10.1.9.0-24", theirs_alone, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_true(net_equal(n->facts.subnet, former));
	assert_value(w, "10.1.3.0-24", NULL);
	assert_value(w, "10.1.7.0-24", NULL);
	assert_value(w, "10.1.8.0-24", OURS);
	assert_value(w, "10.1.9.0-24", theirs_alone);
	assert_value(w, FORMER, OURS);
	assert_int_equal(w->store.requests[OP_RELEASE], 2);
	world_run(w, DAYS(1));
	assert_int_equal(w->store.requests[OP_RELEASE], 2);
	assert_string_equal(n->owned, "10.1.5.0/24");
}

/* F27: first another one, then the old one is given up. */
static void
test_lease_that_does_not_fit_is_exchanged(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.9.5.0-24", OURS, 80000);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_value(w, FORMER, OURS);
	assert_value(w, "10.9.5.0-24", NULL);
}

static void
change_spare(void *arg, enum store_op op)
{
	struct world *w = arg;

	if (op == OP_LIST && store_find(&w->store, FORMER) != NULL)
		store_put(&w->store, "10.1.7.0-24", THEIRS, 80000);
}

/* It is not ours any more when it is to be given up. */
static void
test_spare_lease_that_changed_hands_stays(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_put(&w->store, "10.9.7.0-24", OURS, 80000);
	store_put(&w->store, "10.1.7.0-24", OURS, 80000);
	store_put(&w->store, FORMER, OURS, 80000);
	w->store.meanwhile = change_spare;
	w->store.arg = w;
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_value(w, "10.1.7.0-24", THEIRS);
}

/* As of a registry that lets us write, and not delete. */
static void
test_spare_lease_that_cannot_be_released(void **state)
{
	struct world *w = *state;
	struct node *n = start(w, LEASE_QUARANTINE);

	store_fail(&w->store, OP_RELEASE, RUDDER_EREGISTRY, UINT32_MAX);
	store_put(&w->store, "10.1.7.0-24", OURS, 80000);
	store_put(&w->store, FORMER, OURS, 80000);
	world_run(w, DAYS(3));
	assert_int_equal(n->ready, 1);
	assert_int_equal(w->store.requests[OP_RELEASE], 1);
	assert_int_equal(n->ends, 0);
	assert_in_range(w->store.requests[OP_RENEW], 7, 11);
}

/* ---- Two of us --------------------------------------------------------------- */

/*
 * A registry whose leases end, to the millisecond, when the time is over that
 * was counted from the write: no earlier, or a host that is right could not
 * know, and no later, or one that is wrong would not be found.
 */
struct trouble {
	struct world *world;
	uint64_t ends[STORE_LEASES + 1]; /* by version modulo that */
};

static void
note_end(void *arg, enum store_op op)
{
	struct trouble *t = arg;
	struct store *s = &t->world->store;

	if (op != OP_CREATE && op != OP_RENEW)
		return;
	for (size_t i = 0; i < s->n_leases; i++) {
		if (s->leases[i].version == s->index)
			t->ends[s->index % STORE_LEASES] =
			    t->world->now + (uint64_t)s->leases[i].ttl * 1000;
	}
}

#define STEP 10 /* ms */

/* What is left is told in whole seconds, rounded up. */
static void
expire(struct trouble *t)
{
	struct store *s = &t->world->store;
	char key[NET_TEXT];
	uint64_t ends;

	for (size_t i = 0; i < s->n_leases; i++) {
		ends = t->ends[s->leases[i].version % STORE_LEASES];
		if (ends <= t->world->now)
			store_delete(s, net_key(key, s->leases[i--].subnet));
		else
			s->leases[i].ttl =
			    1 + (int64_t)(ends - t->world->now - 1) / 1000;
	}
}

/* What goes wrong next, if anything; a request may hang, or be done unheard. */
static void
stir(struct world *w)
{
	uint32_t what = w->nodes[0].ctx.random(w, 600);

	for (int op = OP_LIST; op < OPS && what < 6; op++) {
		w->store.fail_after[op] = what & 1;
		store_fail(&w->store, op, RUDDER_EREGISTRY,
		    what < 2 ? 0 : w->nodes[0].ctx.random(w, 30));
	}
}

static unsigned
live_through_trouble(uint64_t seed)
{
	struct world *w = test_calloc(1, sizeof(*w));
	struct trouble t = { .world = w };
	unsigned claims = 0;

	world_init(w, seed);
	store_config(&w->store, "{\"Network\":\"10.1.4.0/23\"}");
	w->store.meanwhile = note_end;
	w->store.arg = &t;
	for (unsigned i = 0; i < 3; i++) { /* for two subnets */
		world_start(w, i);
		w->nodes[i].engine.terms = (struct lease_terms){
			.ttl = 5, .on_loss = LEASE_QUARANTINE, .node_id = "me"
		};
	}
	for (int i = 0; i < 12000 && w->store.index < 1000; i++) {
		world_run(w, STEP);
		expire(&t);
		stir(w);
		if (w->store.n_events > STORE_EVENTS / 2)
			break;
	}
	for (unsigned i = 0; i < 3; i++)
		claims += w->nodes[i].claims;
	assert_int_equal(w->collisions, 0);
	world_fini(w);
	test_free(w);
	return claims;
}

static void
test_no_two_ever_own_one(void **state)
{
	unsigned claims = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++)
		claims += live_through_trouble(seed);
	assert_true(claims > 1000);
}

#define LEASE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup_config, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEASE_TEST(test_former_subnet_is_claimed_again),
		LEASE_TEST(test_lease_without_an_id_is_completed),
		LEASE_TEST(test_former_subnet_with_an_old_address_is_ours),
		LEASE_TEST(test_question_of_a_life_before_is_not_asked_again),
		LEASE_TEST(test_question_that_was_not_written_is_not_answered),
		LEASE_TEST(test_clone_does_not_take_the_subnet_of_who_lives),
		LEASE_TEST(test_who_lives_answers_after_an_outage),
		LEASE_TEST(test_clone_that_is_to_exit_does),
		LEASE_TEST(test_taken_over_by_a_clone),
		LEASE_TEST(
		    test_younger_of_two_twins_that_start_together_yields),
		LEASE_TEST(test_older_of_two_twins_that_start_together_stays),
		LEASE_TEST(test_older_of_two_twins_starts_again),
		LEASE_TEST(
		    test_who_yields_to_a_twin_releases_no_lease_of_another),
		LEASE_TEST(test_who_has_long_been_there_does_not_yield),
		LEASE_TEST(test_old_address_elsewhere_is_another_host),
		LEASE_TEST(test_twin_is_refused_with_both_names),
		LEASE_TEST(test_former_subnet_that_does_not_fit_is_passed_over),
		LEASE_TEST(test_former_subnet_of_another_keep),
		LEASE_TEST(test_former_subnet_of_another_quarantine),
		LEASE_TEST(test_former_subnet_of_another_exit),
		LEASE_TEST(test_former_subnet_taken_in_the_last_moment),
		LEASE_TEST(test_warned_once_when_few_are_free),
		LEASE_TEST(test_renewals_say_that_nothing_changed),
		LEASE_TEST(test_short_lease_is_never_late),
		LEASE_TEST(test_wiped_registry_gives_the_subnet_back),
		LEASE_TEST(test_answer_that_comes_too_late_is_not_believed),
		LEASE_TEST(test_renewal_that_comes_too_late_is_not_believed),
		LEASE_TEST(test_overdue_lease_that_is_still_there_is_renewed),
		LEASE_TEST(test_overdue_lease_that_is_gone_is_created),
		LEASE_TEST(test_overdue_and_taken_keep),
		LEASE_TEST(test_overdue_and_taken_quarantine),
		LEASE_TEST(test_overdue_and_taken_exit),
		LEASE_TEST(test_gone_and_inside_of_another),
		LEASE_TEST(test_gone_and_inside_of_what_counts_less),
		LEASE_TEST(test_quarantine_and_back),
		LEASE_TEST(test_what_others_wrote_is_printable),
		LEASE_TEST(test_back_from_quarantine_with_a_stubborn_backend),
		LEASE_TEST(test_lost_again_and_again),
		LEASE_TEST(test_keep_goes_on_and_takes_it_back),
		LEASE_TEST(test_exit_ends_it),
		LEASE_TEST(test_twin_that_takes_it_is_another_host),
		LEASE_TEST(test_value_that_says_nothing_is_written_over),
		LEASE_TEST(test_spare_leases_of_ours_are_released),
		LEASE_TEST(test_lease_that_does_not_fit_is_exchanged),
		LEASE_TEST(test_spare_lease_that_changed_hands_stays),
		LEASE_TEST(test_spare_lease_that_cannot_be_released),
		cmocka_unit_test(test_no_two_ever_own_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
