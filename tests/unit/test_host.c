/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided about a machine's network, from lists of what it is like. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "overlap.h"
#include "resolv.h"

#define ETH0 2
#define ETH1 3
#define DOCKER0 4

/* A machine with two interfaces, and room for what a test adds. */
struct machine {
	struct facts_link links[4];
	struct facts_addr addrs[8];
	struct facts_route routes[8];
	uint32_t resolvers[2];
	struct facts facts;
	struct link link;
	char why[ERROR_WHY];
};

static uint32_t
ip_of(const char *text)
{
	uint32_t ip;

	assert_int_equal(net_parse_ip(text, &ip), 0);
	return ip;
}

static struct rudder_net
net_of(const char *text)
{
	struct rudder_net net;

	assert_int_equal(net_parse_cidr(text, &net), 0);
	return net;
}

static void
add_link(struct machine *m, const char *name, unsigned ifindex)
{
	struct facts_link *l = &m->links[m->facts.n_links++];

	*l = (struct facts_link){ .ifindex = ifindex, .mtu = 1500, .up = true };
	strcpy(l->name, name);
}

static struct facts_addr *
add_addr(struct machine *m, unsigned ifindex, const char *ip, uint8_t len)
{
	struct facts_addr *a = &m->addrs[m->facts.n_addrs++];

	*a = (struct facts_addr){
		.ifindex = ifindex, .ip = ip_of(ip), .len = len, .global = true
	};
	return a;
}

static struct facts_route *
add_route(
    struct machine *m, const char *dst, unsigned ifindex, const char *gateway)
{
	struct facts_route *r = &m->routes[m->facts.n_routes++];

	*r = (struct facts_route){ .dst = net_of(dst),
		.ifindex = ifindex,
		.gateway = gateway != NULL ? ip_of(gateway) : 0,
		.first = true };
	return r;
}

static struct machine
machine(void)
{
	struct machine m = { 0 };

	add_link(&m, "lo", 1);
	m.links[0].loopback = true;
	add_link(&m, "eth0", ETH0);
	add_link(&m, "eth1", ETH1);
	add_link(&m, "docker0", DOCKER0);
	add_addr(&m, 1, "127.0.0.1", 8)->global = false;
	return m;
}

static const struct facts *
facts_of(struct machine *m)
{
	m->facts.links = m->links;
	m->facts.addrs = m->addrs;
	m->facts.routes = m->routes;
	m->facts.resolvers = m->resolvers;
	return &m->facts;
}

/* ---- The interface ---------------------------------------------------------- */

static int
choose(struct machine *m, const char *wanted)
{
	return link_choose(&m->link, facts_of(m), wanted, "rudder0", m->why);
}

static void
chooses(struct machine *m, const char *wanted, const char *name, const char *ip)
{
	assert_int_equal(choose(m, wanted), 0);
	assert_string_equal(m->link.name, name);
	assert_int_equal(m->link.ip, ip_of(ip));
}

static void
test_default_route_of_the_lowest_metric(void **state)
{
	struct machine m = machine();

	(void)state;
	assert_int_equal(choose(&m, NULL), -EAGAIN);
	add_addr(&m, ETH0, "192.168.0.1", 24);
	add_addr(&m, ETH1, "192.168.1.1", 24);
	add_route(&m, "10.0.0.0/8", ETH0, "192.168.0.254");
	assert_int_equal(choose(&m, NULL), -EAGAIN);
	add_route(&m, "0.0.0.0/0", ETH0, "192.168.0.254")->metric = 100;
	chooses(&m, NULL, "eth0", "192.168.0.1");
	add_route(&m, "0.0.0.0/0", ETH1, "192.168.1.254")->metric = 50;
	chooses(&m, "", "eth1", "192.168.1.1");
}

static void
test_our_own_tunnel_is_no_underlay(void **state)
{
	struct machine m = machine();

	(void)state;
	strcpy(m.links[3].name, "rudder0");
	add_addr(&m, DOCKER0, "10.1.5.0", 32);
	add_route(&m, "0.0.0.0/0", DOCKER0, NULL);
	assert_int_equal(choose(&m, NULL), -EAGAIN);
	assert_int_equal(choose(&m, "10.1.5.0"), -ENODEV);
}

static void
test_best_address_of_an_interface(void **state)
{
	struct machine m = machine();
	struct facts_addr *a;

	(void)state;
	assert_int_equal(choose(&m, "eth0"), -EAGAIN);
	a = add_addr(&m, ETH0, "192.168.0.1", 24);
	a->tentative = true;
	add_addr(&m, ETH0, "192.168.0.2", 24)->deprecated = true;
	assert_int_equal(choose(&m, "eth0"), -EAGAIN);
	add_addr(&m, ETH0, "169.254.7.7", 16);
	chooses(&m, "eth0", "eth0", "169.254.7.7");
	add_addr(&m, ETH0, "192.168.0.3", 24)->secondary = true;
	chooses(&m, "eth0", "eth0", "192.168.0.3");
	add_addr(&m, ETH0, "192.168.0.4", 24);
	chooses(&m, "eth0", "eth0", "192.168.0.4");
	a->tentative = false;
	chooses(&m, "eth0", "eth0", "192.168.0.4"); /* had, and as good */
	m.link = (struct link){ 0 };
	chooses(&m, "eth0", "eth0", "192.168.0.1");
}

/* F46: the original looked at the first one only. */
static void
test_any_address_of_any_interface(void **state)
{
	struct machine m = machine();

	(void)state;
	add_addr(&m, ETH0, "192.168.0.1", 24);
	add_addr(&m, ETH1, "192.168.1.1", 24);
	add_addr(&m, ETH1, "192.168.1.2", 24)->secondary = true;
	add_addr(&m, ETH1, "169.254.1.1", 16)->global = false;
	chooses(&m, "192.168.1.2", "eth1", "192.168.1.2");
	chooses(&m, "169.254.1.1", "eth1", "169.254.1.1");
	chooses(&m, "127.0.0.1", "lo", "127.0.0.1");
	assert_int_equal(choose(&m, "192.168.1.3"), -ENODEV);
	assert_non_null(strstr(m.why, "192.168.1.3"));
	assert_int_equal(choose(&m, "eth7"), -ENODEV);
	assert_non_null(strstr(m.why, "\"eth7\""));
	assert_int_equal(m.link.ip, ip_of("127.0.0.1"));
}

static const char *
passed_over(struct machine *m, const struct facts_addr *a, const char *wanted)
{
	const char *why = link_passed_over(&m->link, facts_of(m), wanted, a);

	return why != NULL ? why : "taken";
}

static void
test_each_candidate_has_a_reason(void **state)
{
	struct machine m = machine();
	struct facts_addr *a = add_addr(&m, ETH0, "192.168.0.1", 24);
	struct facts_addr *b = add_addr(&m, ETH0, "192.168.0.2", 24);
	struct facts_addr *c = add_addr(&m, ETH1, "192.168.1.1", 24);

	(void)state;
	add_route(&m, "0.0.0.0/0", ETH0, "192.168.0.254");
	assert_int_equal(choose(&m, NULL), 0);
	assert_string_equal(passed_over(&m, a, NULL), "taken");
	assert_string_equal(passed_over(&m, b, NULL),
	    "another one of this interface is as good");
	b->secondary = true;
	assert_string_equal(passed_over(&m, b, NULL), "secondary");
	b->deprecated = true;
	assert_string_equal(passed_over(&m, b, NULL), "deprecated");
	b->tentative = true;
	assert_string_equal(passed_over(&m, b, NULL), "tentative");
	assert_string_equal(
	    passed_over(&m, c, NULL), "the default route does not leave by it");
	assert_string_equal(
	    passed_over(&m, c, "eth0"), "another interface was asked for");
	assert_string_equal(
	    passed_over(&m, c, "192.168.0.1"), "another address was asked for");
	c->ip = ip_of("169.254.3.3");
	assert_string_equal(passed_over(&m, c, NULL), "link-local");
	m.links[2].up = false;
	assert_string_equal(passed_over(&m, c, NULL), "down");
	assert_string_equal(passed_over(&m, &m.addrs[0], NULL), "loopback");
}

/* ---- Overlaps ------------------------------------------------------------------ */

/* A machine at 192.168.0.1 with a gateway, and an overlay 10.1.0.0/16. */
static struct machine
at_home(void)
{
	struct machine m = machine();

	add_addr(&m, ETH0, "192.168.0.1", 24);
	add_route(&m, "192.168.0.0/24", ETH0, NULL);
	add_route(&m, "0.0.0.0/0", ETH0, "192.168.0.254");
	assert_int_equal(choose(&m, NULL), 0);
	return m;
}

static bool
overlaps_with(struct machine *m, const char *network, uint32_t public_ip)
{
	const struct overlap o = {
		.network = net_of(network),
		.subnet_len = 24,
		.link = &m->link,
		.public_ip = public_ip,
	};

	return overlap_find(&o, facts_of(m), m->why);
}

static void
is_fine(struct machine *m)
{
	if (overlaps_with(m, "10.1.0.0/16", m->link.ip))
		fail_msg("%s", m->why);
}

static void
refused(struct machine *m, const char *with)
{
	assert_true(overlaps_with(m, "10.1.0.0/16", m->link.ip));
	assert_non_null(strstr(m->why, "10.1.0.0/16"));
	if (strstr(m->why, with) == NULL)
		fail_msg("%s: %s", with, m->why);
}

static void
test_no_overlap(void **state)
{
	struct machine m = at_home();

	(void)state;
	is_fine(&m);
	add_addr(&m, ETH1, "10.2.0.1", 16);
	add_route(&m, "10.2.0.0/16", ETH1, NULL);
	add_route(&m, "10.0.0.0/8", ETH0, "192.168.0.254");  /* contains it */
	add_route(&m, "10.1.7.0/24", ETH0, "192.168.0.254"); /* and is in it */
	add_route(&m, "0.0.0.0/1", ETH1, NULL); /* half a default route */
	m.resolvers[m.facts.n_resolvers++] = ip_of("127.0.0.53");
	m.resolvers[m.facts.n_resolvers++] = ip_of("10.2.0.53");
	is_fine(&m);
}

static void
test_connected_network(void **state)
{
	struct machine m = at_home();
	struct facts_addr *a = add_addr(&m, ETH1, "10.1.3.4", 16);

	(void)state;
	refused(&m, "10.1.0.0/16, to which eth1");
	a->len = 8;
	refused(&m, "10.0.0.0/8, to which eth1");
	a->len = 23; /* larger than a subnet: no bridge */
	refused(&m, "10.1.2.0/23, to which eth1");
	a->len = 24; /* a way to somewhere: no bridge either */
	add_route(&m, "172.16.0.0/12", ETH1, "10.1.3.1");
	refused(&m, "10.1.3.0/24, to which eth1");
}

static void
test_network_that_a_route_connects(void **state)
{
	struct machine m = at_home();

	(void)state;
	add_addr(&m, ETH1, "172.16.0.1", 32);
	add_route(&m, "10.1.9.9/32", ETH1, NULL);
	refused(&m, "10.1.9.9/32");
}

static void
test_bridge_of_our_containers(void **state)
{
	struct machine m = at_home();

	(void)state;
	add_addr(&m, DOCKER0, "10.1.5.1", 24);
	add_route(&m, "10.1.5.0/24", DOCKER0, NULL);
	is_fine(&m);
	add_route(&m, "10.1.5.7/32", DOCKER0, NULL);
	add_route(&m, "10.1.0.0/16", DOCKER0, NULL); /* a tunnel that lasted */
	is_fine(&m);
	add_addr(&m, DOCKER0, "172.17.0.1", 16); /* not only ours */
	refused(&m, "docker0");
}

static void
test_default_gateway(void **state)
{
	struct machine m = at_home();

	(void)state;
	m.routes[1].gateway = ip_of("10.1.0.1");
	refused(&m, "10.1.0.1, the default gateway");
}

static void
test_resolver(void **state)
{
	struct machine m = at_home();

	(void)state;
	m.resolvers[m.facts.n_resolvers++] = ip_of("10.1.0.53");
	refused(&m, "10.1.0.53, a nameserver");
	assert_false(overlaps_with(&m, "10.2.0.0/16", m.link.ip));
}

static void
test_ourselves(void **state)
{
	struct machine m = at_home();

	(void)state;
	assert_true(overlaps_with(&m, "192.168.0.0/16", m.link.ip));
	assert_non_null(strstr(m.why, "192.168.0.1"));
	assert_true(overlaps_with(&m, "10.1.0.0/16", ip_of("10.1.200.1")));
	assert_non_null(strstr(m.why, "PublicIP"));

	/* As narrow as a subnet, and no bridge: our packets leave by it. */
	m.addrs[1].ip = m.link.ip = ip_of("10.1.5.1");
	refused(&m, "10.1.5.1, the address of eth0");
}

/* ---- Resolvers ------------------------------------------------------------------ */

static void
test_lines_of_resolv_conf(void **state)
{
	static const char *const others[] = { "", "\n", "# nameserver 10.1.0.1",
		"search nameserver 10.1.0.1", "nameserver", "nameserver\n",
		"nameserver10.1.0.1", "nameserver fd00::1\n",
		"nameserver 10.1.0.1.1\n", "nameserver 10.1.0.256\n",
		"nameserver 1111111111111111111111111111111111111111\n" };
	uint32_t ip = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(resolv_line(others[i], &ip));
	assert_int_equal(ip, 0);
	assert_true(resolv_line("nameserver 10.1.0.53\n", &ip));
	assert_int_equal(ip, 0x0a010035);
	assert_true(resolv_line("nameserver\t 10.1.0.54 # ours\r\n", &ip));
	assert_int_equal(ip, 0x0a010036);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_route_of_the_lowest_metric),
		cmocka_unit_test(test_our_own_tunnel_is_no_underlay),
		cmocka_unit_test(test_best_address_of_an_interface),
		cmocka_unit_test(test_any_address_of_any_interface),
		cmocka_unit_test(test_each_candidate_has_a_reason),
		cmocka_unit_test(test_no_overlap),
		cmocka_unit_test(test_connected_network),
		cmocka_unit_test(test_network_that_a_route_connects),
		cmocka_unit_test(test_bridge_of_our_containers),
		cmocka_unit_test(test_default_gateway),
		cmocka_unit_test(test_resolver),
		cmocka_unit_test(test_ourselves),
		cmocka_unit_test(test_lines_of_resolv_conf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
