/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../check.h"
#include "leases.h"
#include "net.h"
#include "routes.h"

static struct rudder_net
net(const char *text)
{
	struct rudder_net n = { 0, 0 };

	assert_int_equal(net_parse_cidr(text, &n), 0);
	return n;
}

static uint32_t
ip(const char *text)
{
	uint32_t addr = 0;

	assert_int_equal(net_parse_ip(text, &addr), 0);
	return addr;
}

/* The endpoint for an address; 0: none. */
static uint32_t
find(const struct routes *r, uint32_t addr)
{
	const struct route *route = routes_find(r, addr);

	return route == NULL ? 0 : route->endpoint;
}

static void
test_an_empty_table_has_no_route(void **state)
{
	struct routes r;

	(void)state;
	routes_init(&r);
	assert_null(routes_find(&r, ip("10.1.5.7")));
	assert_int_equal(routes_del(&r, net("10.1.5.0/24")), -ENOENT);
	routes_fini(&r);
}

static void
test_the_longest_subnet_wins_whatever_came_first(void **state)
{
	struct routes r;

	(void)state;
	routes_init(&r);
	assert_int_equal(routes_set(&r, net("10.1.5.7/32"), 32), 0);
	assert_int_equal(routes_set(&r, net("0.0.0.0/0"), 1), 0);
	assert_int_equal(routes_set(&r, net("10.1.0.0/16"), 16), 0);
	assert_int_equal(routes_set(&r, net("10.1.5.0/24"), 24), 0);
	assert_int_equal(find(&r, ip("10.1.5.7")), 32);
	assert_int_equal(find(&r, ip("10.1.5.8")), 24);
	assert_int_equal(find(&r, ip("10.1.6.7")), 16);
	assert_int_equal(find(&r, ip("255.255.255.255")), 1);
	assert_int_equal(find(&r, 0), 1);
	assert_int_equal(routes_del(&r, net("10.1.5.0/24")), 0);
	assert_int_equal(find(&r, ip("10.1.5.8")), 16);
	assert_int_equal(routes_del(&r, net("0.0.0.0/0")), 0);
	assert_int_equal(find(&r, 0), 0);
	routes_fini(&r);
}

static void
test_a_route_moves_and_is_deleted_once(void **state)
{
	struct rudder_net unclean = { ip("10.1.5.7"), 24 };
	struct routes r;

	(void)state;
	routes_init(&r);
	assert_int_equal(routes_set(&r, unclean, 1), 0);
	assert_int_equal(routes_set(&r, net("10.1.5.0/24"), 2), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(find(&r, ip("10.1.5.255")), 2);
	assert_true(net_equal(
	    routes_find(&r, ip("10.1.5.1"))->subnet, net("10.1.5.0/24")));
	assert_int_equal(routes_del(&r, net("10.1.5.0/25")), -ENOENT);
	assert_int_equal(routes_del(&r, unclean), 0);
	assert_int_equal(routes_del(&r, unclean), -ENOENT);
	assert_null(routes_find(&r, ip("10.1.5.1")));
	routes_fini(&r);
}

/* ---- Against a list that is read from end to end ---------------------- */

#define WORLD 600

struct naive {
	struct route route[WORLD];
	size_t n;
};

static struct route *
naive_exact(struct naive *t, struct rudder_net subnet)
{
	for (size_t i = 0; i < t->n; i++)
		if (net_equal(t->route[i].subnet, subnet))
			return &t->route[i];
	return NULL;
}

static uint32_t
naive_find(const struct naive *t, uint32_t addr)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (net_has(t->route[i].subnet, addr) &&
		    (best == NULL || t->route[i].subnet.len > best->subnet.len))
			best = &t->route[i];
	return best == NULL ? 0 : best->endpoint;
}

static void
both_set(struct naive *t, struct routes *r, struct rudder_net subnet,
    uint32_t endpoint)
{
	struct route *had = naive_exact(t, subnet);

	if (had == NULL && t->n == WORLD)
		return;
	if (had == NULL)
		had = &t->route[t->n++];
	*had = (struct route){ .subnet = subnet, .endpoint = endpoint };
	assert_int_equal(routes_set(r, subnet, endpoint), 0);
}

static void
both_del(struct naive *t, struct routes *r, struct rudder_net subnet)
{
	struct route *had = naive_exact(t, subnet);

	assert_int_equal(routes_del(r, subnet), had ? 0 : -ENOENT);
	if (had != NULL)
		*had = t->route[--t->n];
}

static uint32_t
random32(void)
{
	return (uint32_t)random() << 16 ^ (uint32_t)random();
}

/* Few bits differ, so that prefixes of all lengths overlap and come again. */
static struct rudder_net
random_net(void)
{
	struct rudder_net n = { .len = (uint8_t)(random() % 33) };

	n.addr = (random32() & 0xc0030303) & net_mask(n.len);
	return n;
}

static void
test_random_changes_match_a_plain_list(void **state)
{
	struct naive *t = calloc(1, sizeof(*t));
	struct routes r;

	(void)state;
	assert_non_null(t);
	routes_init(&r);
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		/* Grow for a while, then shrink, and again. */
		bool grow = random() % 8 < (i / 2500 % 2 ? 2 : 6);

		if (grow)
			both_set(t, &r, random_net(), random32() | 1);
		else if (t->n > 0 && random() % 4 > 0)
			both_del(
			    t, &r, t->route[(size_t)random() % t->n].subnet);
		else
			both_del(t, &r, random_net());
		assert_int_equal(r.n, t->n);
		for (int j = 0; j < 8; j++) {
			uint32_t addr = random32() & 0xc0030303;

			assert_int_equal(find(&r, addr), naive_find(t, addr));
		}
	}
	while (t->n > 0)
		both_del(t, &r, t->route[0].subnet);
	assert_int_equal(r.n_lens, 0);
	routes_fini(&r);
	free(t);
}

/* An overlay as big as they come: no neighbour is mistaken for another. */
static void
test_every_subnet_of_a_full_overlay_is_found(void **state)
{
	struct routes r;

	(void)state;
	routes_init(&r);
	for (uint32_t i = 0; i < 65536; i++) {
		struct rudder_net n = { 0x0a000000 + (i << 8), 24 };

		assert_int_equal(routes_set(&r, n, i + 1), 0);
	}
	for (uint32_t i = 0; i < 65536; i++)
		assert_int_equal(find(&r, 0x0a000007 + (i << 8)), i + 1);
	assert_int_equal(find(&r, 0x09ffffff), 0);
	routes_fini(&r);
}

static void
test_a_copy_is_a_table_of_its_own(void **state)
{
	struct routes r, copy;

	(void)state;
	routes_init(&r);
	assert_int_equal(routes_copy(&copy, &r), 0);
	assert_int_equal(find(&copy, ip("10.1.5.7")), 0);
	for (uint32_t i = 0; i < 100; i++)
		routes_set(&r, (struct rudder_net){ i << 8, 24 }, i + 1);
	assert_int_equal(routes_copy(&copy, &r), 0);
	assert_int_equal(routes_del(&r, (struct rudder_net){ 5 << 8, 24 }), 0);
	routes_fini(&r);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(find(&copy, i << 8 | 7), i + 1);
	routes_fini(&copy);
}

/* A list of leases says the same of hosts, whatever came and went. */
static void
test_hosts_are_known_while_they_have_a_subnet(void **state)
{
	uint32_t plain[64] = { 0 };
	struct leases l = { .routes.n = 0 }, copy;

	(void)state;
	srandom(2);
	for (int i = 0; i < 20000; i++) {
		size_t k = (size_t)random() % 64;
		struct rudder_net n = { (uint32_t)k << 8, 24 };
		uint32_t host = 1 + (uint32_t)random() % 20;

		if (random() % 2) {
			assert_int_equal(leases_set(&l, n, host), 0);
			plain[k] = host;
		} else {
			assert_int_equal(
			    leases_del(&l, n), plain[k] ? 0 : -ENOENT);
			plain[k] = 0;
		}
		assert_int_equal(
		    leases_host_of(&l, (uint32_t)k << 8 | 9), plain[k]);
		bool is_there = false;
		for (size_t j = 0; j < 64; j++)
			is_there = is_there || plain[j] == host;
		assert_int_equal(leases_has_host(&l, host), is_there);
	}
	assert_int_equal(leases_copy(&copy, &l), 0);
	for (size_t j = 0; j < 64; j++)
		if (plain[j] != 0)
			assert_true(leases_has_host(&copy, plain[j]));
	for (uint32_t j = 0; j < 64; j++)
		leases_del(&l, (struct rudder_net){ j << 8, 24 });
	assert_int_equal(l.hosts.n + l.routes.n, 0);
	leases_fini(&copy);
	leases_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_table_has_no_route),
		cmocka_unit_test(
		    test_the_longest_subnet_wins_whatever_came_first),
		cmocka_unit_test(test_a_route_moves_and_is_deleted_once),
		cmocka_unit_test(test_random_changes_match_a_plain_list),
		cmocka_unit_test(test_a_copy_is_a_table_of_its_own),
		cmocka_unit_test(test_hosts_are_known_while_they_have_a_subnet),
		cmocka_unit_test(test_every_subnet_of_a_full_overlay_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
