/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of the core and of jansson fails in turn, in each of some
 * stories of a machine. Whatever it was, in the end all is as it
 * should be, and nothing is lost (for which this runs under a sanitizer too).
 */
#include "../check.h"
#include "../nomem.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "status.h"
#include "world.h"

#define TTL 600 /* seconds: there is a renewal in each story */

/* ---- The stories --------------------------------------------------------- */

/* What the others do takes none of our memory. */
static void
put(struct world *w, const char *key, const char *value)
{
	unsigned long n = nomem_in;

	nomem_end();
	store_put(&w->store, key, value, 86400);
	nomem_in = n;
	world_run(w, SECONDS(1));
}

static void
remove_lease(struct world *w, const char *key)
{
	unsigned long n = nomem_in;

	nomem_end();
	store_delete(&w->store, key);
	nomem_in = n;
	world_run(w, SECONDS(1));
}

/* It follows its peers, also when it has missed what became of them. */
static void
meet(struct world *w, struct node *n)
{
	put(w, "10.1.8.0-24", "{\"PublicIP\":\"192.168.0.8\"}");
	put(w, "10.1.9.0-24", "{\"PublicIP\":\"192.168.0.9\"}");
	put(w, "10.1.8.0-24", "{\"PublicIP\":\"192.168.0.7\"}");
	store_forget_history(&w->store);
	put(w, "10.1.10.0-24", "{\"PublicIP\":\"192.168.0.6\"}");
	world_run(w, MINUTES(5));
	nomem_end();
	assert_int_equal(n->ready, 1);
	assert_int_equal(w->store.n_leases, 4);
	assert_int_equal(record_peer(&n->record, "10.1.8.0-24"), HOST(7));
	assert_int_equal(record_peer(&n->record, "10.1.9.0-24"), HOST(9));
	assert_int_equal(record_peer(&n->record, "10.1.10.0-24"), HOST(6));
}

/* Somebody deletes the one, and all: it has its own again. */
static void
regain(struct world *w, struct node *n)
{
	put(w, "10.1.8.0-24", "{\"PublicIP\":\"192.168.0.8\"}");
	remove_lease(w, "10.1.7.0-24");
	world_run(w, MINUTES(1));
	store_wipe(&w->store);
	put(w, "10.1.9.0-24", "{\"PublicIP\":\"192.168.0.9\"}");
	world_run(w, MINUTES(5));
	nomem_end();
	assert_int_equal(n->facts.subnet.addr, 0x0a010700);
	assert_non_null(store_find(&w->store, "10.1.7.0-24"));
	assert_int_equal(record_peer(&n->record, "10.1.9.0-24"), HOST(9));
}

/* Its address changes, and the MTU, and all of its interface is another. */
static void
move(struct world *w, struct node *n)
{
	world_run(w, SECONDS(10));
	n->net.addrs[1].ip = HOST(77);
	hostnet_news(&n->net);
	world_run(w, SECONDS(30));
	n->net.links[1].mtu = 1400;
	hostnet_news(&n->net);
	world_run(w, SECONDS(30));
	n->net.links[1].ifindex = n->net.addrs[1].ifindex =
	    n->net.routes[0].ifindex = 7;
	hostnet_news(&n->net);
	world_run(w, MINUTES(5));
	nomem_end();
	assert_int_equal(n->record.at.iface_ip, HOST(77));
	assert_int_equal(n->record.at.iface_mtu, 1400);
	assert_int_equal(n->record.at.ifindex, 7);
	assert_non_null(
	    strstr(store_find(&w->store, "10.1.7.0-24")->value, ".77\""));
}

/* Somebody looks, all the time. He may be told nothing. */
static void
look(struct world *w, struct node *n)
{
	for (int i = 0; i < 5; i++) {
		json_decref(status_of(&n->engine));
		world_run(w, SECONDS(1));
	}
	json_decref(status_of(&n->engine));
	nomem_end();
	assert_int_equal(n->ready, 1);
}

static const struct story {
	const char *name;
	bool has_lease; /* 10.1.7.0/24, from before */
	void (*tell)(struct world *, struct node *);
} stories[] = {
	{ "a new host meets others", false, meet },
	{ "a host that was there meets others", true, meet },
	{ "its lease is deleted", true, regain },
	{ "its link changes", true, move },
	{ "its status is asked", true, look },
};

/* Was there so much memory to ask for? */
static bool
fail_at(const struct story *story, unsigned long i)
{
	struct world *w = test_calloc(1, sizeof(*w));
	struct node *n;

	world_init(w, 7);
	store_config(&w->store, "{\"Network\":\"10.1.0.0/16\","
				"\"Backend\":{\"Type\":\"udp\",\"Port\":9}}");
	if (story->has_lease)
		store_put(&w->store, "10.1.7.0-24",
		    "{\"PublicIP\":\"192.168.0.1\",\"x\":[1]}", 40);
	n = world_start(w, 0);
	n->engine.terms.ttl = TTL;
	nomem_begin(i);
	world_run(w, SECONDS(1));
	story->tell(w, n);
	nomem_end();
	assert_int_equal(n->failed, 0);
	assert_true(n->record.attached);
	world_fini(w);
	test_free(w);
	return nomem_ended;
}

static void
test_each_allocation_may_fail(void **state)
{
	const struct story *story = *state;
	unsigned long n = 1;

	while (fail_at(story, n))
		n++;
	assert_true(n > 100);
}

int
main(void)
{
	struct CMUnitTest tests[sizeof(stories) / sizeof(stories[0])];

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		tests[i] = (struct CMUnitTest){ .name = stories[i].name,
			.test_func = test_each_allocation_may_fail,
			.initial_state = (void *)(uintptr_t)&stories[i] };
	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
