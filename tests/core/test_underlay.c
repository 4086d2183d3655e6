/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a machine changes under a running overlay, or forbids one. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "net.h"
#include "world.h"

static struct node *
running(struct world *w, unsigned i)
{
	struct node *n = world_start(w, i);

	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	return n;
}

static const struct store_lease *
lease_of(struct world *w, const struct node *n)
{
	char key[NET_TEXT];

	return store_find(&w->store, net_key(key, n->facts.subnet));
}

static void
lease_names(struct world *w, const struct node *n, const char *ip)
{
	const struct store_lease *l = lease_of(w, n);

	assert_non_null(l);
	assert_non_null(strstr(l->value, ip));
}

/* eth0's address, and the kernel says so. */
static void
readdress(struct node *n, uint32_t ip)
{
	n->net.addrs[1].ip = ip;
	hostnet_news(&n->net);
}

/* ---- Followed --------------------------------------------------------------- */

static void
test_address_changes(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0), *other = running(w, 1);
	struct rudder_net subnet = n->facts.subnet;
	char key[NET_TEXT];

	net_key(key, subnet);
	assert_int_equal(record_peer(&other->record, key), HOST(1));
	readdress(n, HOST(77));
	world_run(w, LOOK_SOON_MS);
	assert_int_equal(n->record.moves, 1);
	assert_int_equal(n->record.at.iface_ip, HOST(77));
	assert_int_equal(n->record.at.public_ip, HOST(77));
	assert_int_equal(n->ready, 2);
	assert_int_equal(n->facts.public_ip, HOST(77));
	assert_true(net_equal(n->facts.subnet, subnet));
	lease_names(w, n, "\"192.168.0.77\"");
	assert_int_equal(w->store.n_leases, 2);
	assert_int_equal(record_peer(&other->record, key), HOST(77));
	assert_int_equal(other->record.n_peers, 1);

	world_run(w, DAYS(2));
	lease_names(w, n, "\"192.168.0.77\"");
	assert_int_equal(n->record.moves, 1);
	assert_int_equal(n->ready, 2);
	assert_int_equal(n->warnings, 0);
}

static void
test_lease_stays_where_public_ip_is_given(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);
	uint64_t version;

	n->engine.public_ip = "192.168.9.9";
	world_run(w, SECONDS(1));
	version = lease_of(w, n)->version;
	readdress(n, HOST(77));
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.moves, 1);
	assert_int_equal(n->record.at.iface_ip, HOST(77));
	assert_int_equal(n->record.at.public_ip, 0xc0a80909);
	assert_int_equal(n->ready, 2);
	assert_int_equal(lease_of(w, n)->version, version);
}

static void
test_reservation_is_not_written(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	store_put(
	    &w->store, "10.1.7.0-24", "{\"PublicIP\":\"192.168.0.1\"}", 0);
	world_run(w, SECONDS(1));
	readdress(n, HOST(77));
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.moves, 1);
	assert_non_null(strstr(n->last, "10.1.7.0/24 is a reservation"));
	lease_names(w, n, "\"192.168.0.1\"");
	assert_int_equal(n->failed, 0);
}

static void
test_mtu_changes(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);
	uint64_t version = lease_of(w, n)->version;

	assert_int_equal(n->facts.mtu, 1472);
	n->net.links[1].mtu = 9000;
	hostnet_news(&n->net);
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.at.iface_mtu, 9000);
	assert_int_equal(n->ready, 2);
	assert_int_equal(n->facts.mtu, 8972);
	assert_int_equal(lease_of(w, n)->version, version);
}

static void
test_interface_is_made_anew(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);
	size_t n_links = n->net.n_links;

	n->net.n_links = n->net.n_addrs = 1;
	n->net.n_routes = 0;
	hostnet_news(&n->net);
	world_run(w, MINUTES(5));
	assert_int_equal(n->record.moves, 0);
	assert_int_equal(n->warnings, 1); /* once in five minutes */
	assert_non_null(strstr(n->last, "eth0 with address 192.168.0.1 is "
					"gone"));
	assert_true(n->record.attached);
	lease_names(w, n, "\"192.168.0.1\"");

	n->net.n_links = n->net.n_addrs = n_links;
	n->net.n_routes = 1;
	n->net.links[1].ifindex = n->net.addrs[1].ifindex =
	    n->net.routes[0].ifindex = 7;
	hostnet_news(&n->net);
	world_run(w, SECONDS(1));
	assert_int_equal(n->record.moves, 1);
	assert_int_equal(n->record.at.ifindex, 7);
	assert_int_equal(n->warnings, 1);
	assert_int_equal(n->failed, 0);
}

static void
test_default_route_moves(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);

	n->net.links[n->net.n_links++] = (struct facts_link){
		.name = "eth1", .ifindex = 3, .mtu = 1400, .up = true
	};
	n->net.addrs[n->net.n_addrs++] = (struct facts_addr){
		.ifindex = 3, .ip = 0xac100001, .len = 24, .global = true
	};
	world_run(w, MINUTES(1));
	assert_int_equal(n->record.moves, 0);
	n->net.routes[0].ifindex = 3;
	hostnet_news(&n->net);
	world_run(w, SECONDS(1));
	assert_string_equal(n->record.at.iface, "eth1");
	assert_int_equal(n->facts.mtu, 1372);
	lease_names(w, n, "\"172.16.0.1\"");
}

static void
test_default_route_does_not_matter_to_who_named_one(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	n->engine.iface = "eth0";
	world_run(w, SECONDS(1));
	n->net.n_routes = 0;
	hostnet_news(&n->net);
	world_run(w, MINUTES(1));
	assert_int_equal(n->record.moves, 0);
	assert_int_equal(n->warnings, 0);
}

static void
test_what_was_gone_comes_back(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);

	n->net.n_addrs--;
	hostnet_news(&n->net);
	world_run(w, MINUTES(1));
	n->net.n_addrs++;
	hostnet_news(&n->net);
	world_run(w, MINUTES(1));
	n->net.n_addrs--;
	hostnet_news(&n->net);
	world_run(w, MINUTES(1));
	assert_int_equal(n->warnings, 2); /* each time */
	assert_int_equal(n->record.moves, 0);
	assert_int_equal(n->ready, 1);
}

/* ---- At a bad moment ---------------------------------------------------------- */

static void
test_backend_that_cannot_yet(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);

	n->record.fail_moves = 5;
	readdress(n, HOST(77));
	world_run(w, SECONDS(1));
	assert_int_equal(n->warnings, 1);
	lease_names(w, n, "\"192.168.0.1\"");
	assert_int_equal(n->ready, 1);
	world_run(w, MINUTES(1));
	assert_int_equal(n->record.moves, 1);
	assert_int_equal(n->ready, 2);
	lease_names(w, n, "\"192.168.0.77\"");
}

static void
test_backend_that_cannot_at_all(void **state)
{
	struct world *w = *state;
	struct rudder_backend ops = *w->udp.backend;
	struct node *n;

	ops.move = NULL;
	w->udp.backend = &ops;
	n = running(w, 0);
	readdress(n, HOST(77));
	world_run(w, MINUTES(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, -EOPNOTSUPP);
	assert_non_null(strstr(n->why, "192.168.0.1 "));
	assert_non_null(strstr(n->why, "192.168.0.77 "));
	assert_int_equal(n->ready, 1);
	world_stop(w, 0);
}

static void
test_registry_is_away(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);
	struct rudder_net subnet = n->facts.subnet;

	store_fail(&w->store, OP_LIST, RUDDER_EREGISTRY, 20);
	readdress(n, HOST(77));
	world_run(w, SECONDS(10));
	assert_int_equal(n->record.moves, 1);
	readdress(n, HOST(78));
	world_run(w, SECONDS(10));
	assert_int_equal(n->record.moves, 2);
	lease_names(w, n, "\"192.168.0.1\"");
	world_run(w, MINUTES(5));
	lease_names(w, n, "\"192.168.0.78\"");
	assert_true(net_equal(n->facts.subnet, subnet));
	assert_int_equal(w->store.n_leases, 1);
	assert_int_equal(n->failed, 0);
}

static void
test_before_there_is_a_config(void **state)
{
	struct world *w = *state;
	struct node *n = &w->nodes[1];

	store_fini(&w->store);
	store_init(&w->store);
	n = world_start(w, 1);
	world_run(w, HOURS(1));
	readdress(n, HOST(77));
	world_run(w, SECONDS(1));
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->record.moves, 0);
	assert_int_equal(n->record.at.iface_ip, HOST(77));
	lease_names(w, n, "\"192.168.0.77\"");
}

/* What overlaps is the address that it has, and not the one that it had. */
static void
test_out_of_the_overlay_before_there_is_a_config(void **state)
{
	struct world *w = *state;
	struct node *n;

	store_fini(&w->store);
	store_init(&w->store);
	n = world_start(w, 1);
	n->net.addrs[1].ip = 0x0a010107;
	world_run(w, SECONDS(1));
	readdress(n, HOST(77));
	world_run(w, SECONDS(1));
	store_config(&w->store, WORLD_CONFIG);
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	lease_names(w, n, "\"192.168.0.77\"");
}

static void
test_before_there_is_a_lease(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	store_fail(&w->store, OP_CREATE, RUDDER_EREGISTRY, 8);
	world_run(w, SECONDS(3));
	assert_int_equal(n->ready, 0);
	readdress(n, HOST(77));
	world_run(w, MINUTES(5));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->record.moves, 0);
	assert_int_equal(n->record.at.iface_ip, HOST(77));
	assert_int_equal(n->facts.public_ip, HOST(77));
	lease_names(w, n, "\"192.168.0.77\"");
	assert_int_equal(w->store.n_leases, 1);
}

/* Our own packets would go round for ever. */
static void
test_address_in_the_overlay_is_not_followed(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);

	readdress(n, 0x0a010909);
	world_run(w, MINUTES(1));
	assert_int_equal(n->record.moves, 0);
	assert_non_null(strstr(n->last, "10.1.9.9"));
	assert_non_null(strstr(n->last, "10.1.0.0/16"));
	lease_names(w, n, "\"192.168.0.1\"");
	readdress(n, HOST(77));
	world_run(w, MINUTES(1));
	lease_names(w, n, "\"192.168.0.77\"");
}

/* ---- Looking ------------------------------------------------------------------- */

static void
test_many_news_are_one_look(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);
	unsigned looks = n->net.looks;

	for (int i = 0; i < 10; i++) {
		hostnet_news(&n->net);
		world_run(w, LOOK_SOON_MS / 10);
	}
	assert_int_equal(n->net.looks, looks + 1);
	world_run(w, LOOK_MS * 10);
	assert_in_range(n->net.looks, looks + 10, looks + 12);
}

static void
test_without_a_watch_it_takes_longer(void **state)
{
	struct world *w = *state;
	struct node *n = &w->nodes[0];

	n->net.fail_watch = -EPERM;
	running(w, 0);
	assert_int_equal(n->warnings, 1);
	n->net.addrs[1].ip = HOST(77);
	world_run(w, LOOK_MS);
	assert_int_equal(n->record.moves, 1);
}

static void
test_silent_kernel_changes_nothing(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);

	n->net.fail = -EIO;
	world_run(w, MINUTES(5));
	n->net.fail = 0;
	world_run(w, MINUTES(5));
	assert_int_equal(n->warnings, 1);
	assert_int_equal(n->record.moves, 0);
	assert_int_equal(n->failed, 0);
}

/* ---- Overlaps ------------------------------------------------------------------- */

static void
overlap(struct node *n)
{
	n->net.addrs[n->net.n_addrs++] = (struct facts_addr){
		.ifindex = 2, .ip = 0x0a010101, .len = 16, .global = true
	};
}

static void
test_overlap_is_refused_before_a_lease(void **state)
{
	struct world *w = *state;
	struct node *n = &w->nodes[0];

	overlap(n);
	world_start(w, 0);
	world_run(w, MINUTES(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, RUDDER_ECONFIG);
	assert_non_null(strstr(n->why, "Network 10.1.0.0/16 overlaps with "
				       "10.1.0.0/16"));
	assert_non_null(strstr(n->why, "-force-overlap"));
	assert_int_equal(w->store.n_leases, 0);
}

static void
test_overlap_is_forced(void **state)
{
	struct world *w = *state;
	struct node *n = &w->nodes[0];

	overlap(n);
	world_start(w, 0);
	n->engine.force_overlap = true;
	world_run(w, MINUTES(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->warnings, 1);
	assert_non_null(strstr(n->last, "10.1.0.0/16"));
}

static bool
is_within(void *registry, struct rudder_net network)
{
	(void)registry;
	return net_has(network, 0x0a010305);
}

static void
test_registry_in_the_overlay(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);
	struct rudder_registry ops = *n->engine.registry.ops;

	ops.is_within = is_within;
	n->engine.registry.ops = &ops;
	world_run(w, MINUTES(1));
	assert_int_equal(n->err, RUDDER_ECONFIG);
	assert_non_null(strstr(n->why, "registry"));
	assert_int_equal(w->store.n_leases, 0);
	world_stop(w, 0);
}

/* ---- An address that is of no use to others -------------------------------------- */

static void
test_loopback_is_refused_before_a_lease(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	n->engine.iface = "lo";
	world_run(w, MINUTES(1));
	assert_int_equal(n->failed, 1);
	assert_int_equal(n->err, -EADDRNOTAVAIL);
	assert_non_null(strstr(n->why, "iface: lo "));
	assert_non_null(strstr(n->why, " 127.0.0.1,"));
	assert_non_null(strstr(n->why, "-public-ip"));
	assert_int_equal(w->store.n_leases, 0);
	world_stop(w, 0);
}

/* As hosts have it whose address routers tell each other. */
static void
test_another_address_of_loopback_will_do(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	n->engine.iface = "lo";
	n->net.addrs[n->net.n_addrs++] = (struct facts_addr){
		.ifindex = 1, .ip = 0xac100001, .len = 32, .global = true
	};
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	lease_names(w, n, "\"172.16.0.1\"");
}

static void
test_loopback_with_a_public_ip_is_warned_of(void **state)
{
	struct world *w = *state;
	struct node *n = world_start(w, 0);

	n->engine.iface = "lo";
	n->engine.public_ip = "192.168.9.9";
	world_run(w, SECONDS(1));
	assert_int_equal(n->ready, 1);
	assert_int_equal(n->warnings, 1);
	lease_names(w, n, "\"192.168.9.9\"");
}

static void
test_useless_address_is_not_followed(void **state)
{
	struct world *w = *state;
	struct node *n = running(w, 0);

	readdress(n, 0x7f000002);
	world_run(w, MINUTES(1));
	assert_int_equal(n->failed, 0);
	assert_int_equal(n->record.moves, 0);
	lease_names(w, n, "\"192.168.0.1\"");
	readdress(n, HOST(77));
	world_run(w, MINUTES(1));
	lease_names(w, n, "\"192.168.0.77\"");
}

int
main(void)
{
#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    name, world_setup_config, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_address_changes),
		TEST(test_lease_stays_where_public_ip_is_given),
		TEST(test_reservation_is_not_written),
		TEST(test_mtu_changes),
		TEST(test_interface_is_made_anew),
		TEST(test_default_route_moves),
		TEST(test_default_route_does_not_matter_to_who_named_one),
		TEST(test_what_was_gone_comes_back),
		TEST(test_backend_that_cannot_yet),
		TEST(test_backend_that_cannot_at_all),
		TEST(test_registry_is_away),
		TEST(test_before_there_is_a_config),
		TEST(test_out_of_the_overlay_before_there_is_a_config),
		TEST(test_before_there_is_a_lease),
		TEST(test_address_in_the_overlay_is_not_followed),
		TEST(test_many_news_are_one_look),
		TEST(test_without_a_watch_it_takes_longer),
		TEST(test_silent_kernel_changes_nothing),
		TEST(test_overlap_is_refused_before_a_lease),
		TEST(test_overlap_is_forced),
		TEST(test_registry_in_the_overlay),
		TEST(test_loopback_is_refused_before_a_lease),
		TEST(test_another_address_of_loopback_will_do),
		TEST(test_loopback_with_a_public_ip_is_warned_of),
		TEST(test_useless_address_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
