/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the udp backend promises, whichever way it moves the packets: each
 * case is run in each mode of the rig.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <net/if.h>

#include "device.h"
#include "rig.h"

/* ---- The device ------------------------------------------------------- */

static void
test_the_device_is_as_documented(void **state)
{
	struct rig *r = *state;
	char ip[INET_ADDRSTRLEN], dev[IFNAMSIZ];
	uint32_t mask;

	assert_string_equal(r->device.name, "rudder0");
	assert_int_equal(r->device.mtu, 1472);
	assert_int_equal(mtu_of("rudder0"), 1472);
	assert_int_equal(addresses_of("rudder0", ip, &mask), 1);
	assert_string_equal(ip, OURS);
	assert_int_equal(mask, UINT32_MAX);
	route_to(net("10.1.0.0", 16), dev);
	assert_string_equal(dev, "rudder0");
	assert_false(logged(r, "W: "));
	assert_false(logged(r, "E: "));
}

/* F44: somebody was there first, as docker was. His route stays. */
static void
test_a_second_instance_goes_on_with_a_warning(void **state)
{
	struct rig *r = *state, *second = malloc(sizeof(*second));
	struct rudder_attach where = place();
	char ip[INET_ADDRSTRLEN], dev[IFNAMSIZ];
	uint32_t mask;

	assert_non_null(second);
	rig_open(second, r->mode);
	where.iface_ip = net("127.0.0.3", 32).addr;
	where.subnet = net("10.1.7.0", 24);
	assert_int_equal(rig_attach(second, where), 0);
	assert_string_equal(second->device.name, "rudder1");
	assert_true(logged(second, "W: "));
	assert_true(logged(second, "10.1.0.0/16"));
	assert_true(logged(second, "by rudder0"));
	assert_int_equal(addresses_of("rudder1", ip, &mask), 1);
	assert_string_equal(ip, "10.1.7.0");
	route_to(net("10.1.0.0", 16), dev);
	assert_string_equal(dev, "rudder0");
	ops()->close(second->backend);
	event_base_free(second->env.base);
	free(second);
	assert_int_equal(if_nametoindex("rudder1"), 0);
	assert_int_equal(r->failures, 0);
}

/* ---- On the wire ------------------------------------------------------ */

static void
test_a_packet_leaves_bare_and_one_hop_older(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(17);
	uint8_t p[2048];
	size_t len;

	inner_says(fd, THEIRS, HELLO, 5);
	len = receive(r, r->peer, p, sizeof(p));
	assert_int_equal(len, HELLO_LEN);
	check_header(p, len, OURS, THEIRS, IPPROTO_UDP, 16);
	assert_int_equal(get16(p + 20), port_of(fd));
	assert_int_equal(get16(p + 22), 4242);
	assert_memory_equal(p + 28, HELLO, 5);
	check_stat(r, "tx_packets", 1);
	check_stat(r, "tx_bytes", HELLO_LEN);
	close(fd);
}

static void
test_a_packet_arrives_one_hop_older(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	peer_says(r, p, make_hello(p, THEIRS, OURS, port_of(fd), 17));
	assert_int_equal(hello_heard(r, fd), 16);
	check_stat(r, "rx_packets", 1);
	check_stat(r, "rx_bytes", HELLO_LEN);
	close(fd);
}

/* F45, and the headers of the underlay: ports, addresses, and DF (F54). */
static void
test_datagrams_go_from_port_to_port(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	int wire = socket_at(SOCK_RAW, IPPROTO_UDP, PEER, 0);
	uint8_t p[2048];
	size_t len;

	inner_says(fd, THEIRS, HELLO, 5);
	len = receive(r, wire, p, sizeof(p));
	assert_int_equal(len, 28 + HELLO_LEN);
	check_header(p, len, ME, PEER, IPPROTO_UDP, p[8]);
	assert_int_equal(get16(p + 6), is_off(r, "pmtu") ? 0 : 0x4000);
	assert_int_equal(get16(p + 20), PORT);
	assert_int_equal(get16(p + 22), PORT);
	close(wire);
	close(fd);
}

/* F33: the largest that fits, for an underlay of 1500 bytes and of 64 KiB. */
static void
test_the_largest_packet_arrives_whole(void **state)
{
	static const unsigned mtus[][2] = { { 1500, 1472 }, { 9000, 8972 },
		{ 65536, 65507 } };
	struct rig *r = *state;
	uint8_t *data = calloc(1, 65536), *p = malloc(65536);

	assert_non_null(data);
	assert_non_null(p);
	for (size_t i = 0; i < 3; i++) {
		struct rudder_attach where = place();
		size_t len = mtus[i][1];
		int fd;

		ops()->close(r->backend);
		assert_int_equal(ops()->open(&r->env, &r->backend), 0);
		where.iface_mtu = mtus[i][0];
		assert_int_equal(rig_attach(r, where), 0);
		assert_int_equal(r->device.mtu, len);
		assert_int_equal(mtu_of("rudder0"), len);
		ops()->peer_set(
		    r->backend, net("10.1.6.0", 24), net(PEER, 32).addr);
		fd = inner_socket(64);
		inner_says(fd, THEIRS, data, len - 28);
		assert_int_equal(receive(r, r->peer, p, 65536), len);
		check_header(p, len, OURS, THEIRS, IPPROTO_UDP, 63);
		close(fd);
	}
	free(p);
	free(data);
}

/* F34, F35. The good one at the end shows that nothing got through. */
static void
test_what_is_no_packet_is_dropped_and_counted(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN + 40] = { 0 };
	struct inbox in;

	peer_says(r, p, 0);
	make_hello(p, THEIRS, OURS, port_of(fd), 64);
	for (size_t len = 1; len < HELLO_LEN; len++)
		peer_says(r, p, len);
	p[0] = 0x60;
	peer_says(r, p, HELLO_LEN);
	p[0] = 0x00;
	peer_says(r, p, HELLO_LEN);
	make_hello(p, THEIRS, OURS, port_of(fd), 64);
	peer_says(r, p, sizeof(p)); /* with something behind it */
	assert_int_equal(hello_heard(r, fd), 63);
	assert_int_equal(inner_hears(fd, &in, 0), -1);
	check_stat(r, "rx_malformed", HELLO_LEN);
	check_stat(r, "rx_not_ipv4", 2);
	check_stat(r, "rx_packets", 1);
	check_stat(r, "rx_bytes", HELLO_LEN);
	close(fd);
}

/* The device accepts packets from our own addresses; the path must not. */
static void
test_nobody_else_speaks_for_our_subnet(void **state)
{
	static const char *const ours[] = { OURS, "10.1.5.9", ME };
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];
	struct inbox in;

	for (size_t i = 0; i < 3; i++)
		peer_says(r, p, make_hello(p, ours[i], OURS, port_of(fd), 64));
	peer_says(r, p, make_hello(p, THEIRS, OURS, port_of(fd), 64));
	assert_int_equal(hello_heard(r, fd), 63);
	assert_int_equal(inner_hears(fd, &in, 0), -1);
	check_stat(r, "rx_forged", 3);
	close(fd);
}

static void
test_a_peer_moves_and_goes(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	int other = socket_at(SOCK_DGRAM, 0, "127.0.0.4", PORT);
	struct rudder_net subnet = net("10.1.6.0", 24);
	uint8_t p[2048];

	assert_int_equal(
	    ops()->peer_set(r->backend, subnet, net("127.0.0.4", 32).addr), 0);
	inner_says(fd, THEIRS, HELLO, 5);
	assert_int_equal(receive(r, other, p, sizeof(p)), HELLO_LEN);
	assert_int_equal(ops()->peer_del(r->backend, subnet), 0);
	assert_int_equal(ops()->peer_del(r->backend, subnet), -ENOENT);
	inner_says(fd, THEIRS, HELLO, 5);
	error_heard(r, fd, 3, 0);
	assert_int_equal(recv(other, p, sizeof(p), 0), -1);
	assert_int_equal(recv(r->peer, p, sizeof(p), 0), -1);
	close(other);
	close(fd);
}

/* ---- Who may say what (F55) -------------------------------------------- */

/* Another host of the overlay, and half of the peer's subnet is its own. */
#define OTHER "127.0.0.4"
#define STRANGER "127.0.0.7"

static void
says(int fd, const void *data, size_t len)
{
	struct sockaddr_in to = at(ME, PORT);

	assert_int_equal(
	    sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

/* n of them were dropped for this; or, without the check, have arrived. */
static void
check_refused_in(struct rig *r, int fd, const char *counter, unsigned n)
{
	struct inbox in;
	uint8_t p[HELLO_LEN];

	for (unsigned i = 0; is_off(r, "rx-check") && i < n; i++)
		hello_heard(r, fd);
	peer_says(r, p, make_hello(p, THEIRS, OURS, port_of(fd), 64));
	hello_heard(r, fd);
	assert_int_equal(inner_hears(fd, &in, 0), -1);
	check_stat(r, counter, is_off(r, "rx-check") ? 0 : n);
	check_stat(r, "rx_packets", is_off(r, "rx-check") ? n + 1 : 1);
	assert_int_equal(lines_of(r, "W: ") + lines_of(r, "E: "), 0);
}

static void
test_a_stranger_is_not_heard(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	int stranger = socket_at(SOCK_DGRAM, 0, STRANGER, PORT);
	uint8_t p[3 * HELLO_LEN];

	for (size_t i = 0; i < 3; i++)
		make_hello(p + i * HELLO_LEN, THEIRS, OURS, port_of(fd), 64);
	says(stranger, p, HELLO_LEN);
	send_train(stranger, ME, PORT, p, sizeof(p), HELLO_LEN);
	check_refused_in(r, fd, "rx_unknown_sender", 4);
	close(stranger);
	close(fd);
}

/* By the longest prefix: a part of somebody's subnet is another's. */
static void
test_a_host_speaks_for_its_own_subnet(void **state)
{
	static const char *const not_theirs[] = { "10.1.6.200", NOBODYS,
		"192.0.2.1", PEER, "0.0.0.0" };
	struct rig *r = *state;
	int fd = inner_socket(64);
	int other = socket_at(SOCK_DGRAM, 0, OTHER, PORT);
	uint8_t p[HELLO_LEN];
	unsigned n = 0;

	if (is_off(r, "rx-check"))
		goto out; /* the kernel has a word in it, too */
	ops()->peer_set(r->backend, net("10.1.6.128", 25), net(OTHER, 32).addr);
	for (; n < COUNT(not_theirs); n++)
		peer_says(
		    r, p, make_hello(p, not_theirs[n], OURS, port_of(fd), 64));
	says(other, p, make_hello(p, THEIRS, OURS, port_of(fd), 64));
	check_refused_in(r, fd, "rx_wrong_source", n + 1);
	says(other, p, make_hello(p, "10.1.6.200", OURS, port_of(fd), 64));
	hello_heard(r, fd);
out:
	close(other);
	close(fd);
}

static void
test_nothing_goes_beyond_our_subnet(void **state)
{
	static const char *const beyond[] = { "192.0.2.1", "127.0.0.1", ME,
		THEIRS, "10.1.4.255", "10.1.6.0", "224.0.0.251",
		"255.255.255.255" };
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	for (size_t i = 0; i < COUNT(beyond); i++)
		peer_says(
		    r, p, make_hello(p, THEIRS, beyond[i], port_of(fd), 64));
	peer_says(r, p, make_hello(p, THEIRS, OURS, port_of(fd), 64));
	assert_int_equal(hello_heard(r, fd), 63);
	check_stat(r, "rx_wrong_destination",
	    is_off(r, "rx-check") ? 0 : COUNT(beyond));
	close(fd);
}

/* One datagram of a train does not speak for the next. */
static void
test_each_packet_of_a_train_is_looked_at(void **state)
{
	static const char *const from[] = { THEIRS, NOBODYS, THEIRS, "10.1.6.8",
		"10.1.7.7", "10.1.7.7", "10.1.6.8", THEIRS };
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[COUNT(from) * HELLO_LEN];

	if (is_off(r, "rx-check"))
		goto out;
	for (size_t i = 0; i < COUNT(from); i++)
		make_hello(p + i * HELLO_LEN, from[i], OURS, port_of(fd), 64);
	send_train(r->peer, ME, PORT, p, sizeof(p), HELLO_LEN);
	for (size_t i = 0; i < 5; i++)
		hello_heard(r, fd);
	check_stat(r, "rx_packets", 5);
	check_stat(r, "rx_wrong_source", 3);
out:
	close(fd);
}

/* A NAT may have changed it. */
static void
test_a_host_is_heard_from_any_port(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	int other = socket_at(SOCK_DGRAM, 0, PEER, 0);
	uint8_t p[HELLO_LEN];

	says(other, p, make_hello(p, THEIRS, OURS, port_of(fd), 64));
	assert_int_equal(hello_heard(r, fd), 63);
	close(other);
	close(fd);
}

/* In quarantine there are none; then the check is on in any case. */
static void
test_without_peers_nobody_is_heard(void **state)
{
	struct rudder_net subnet = net("10.1.6.0", 24);
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	make_hello(p, THEIRS, OURS, port_of(fd), 64);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(ops()->peer_del(r->backend, subnet), 0);
		peer_says(r, p, sizeof(p));
		while (!has_workers(r) &&
		       stat_of(r, "rx_unknown_sender") < (uint64_t)i)
			event_base_loop(r->env.base, EVLOOP_ONCE);
		check_stat(r, "rx_unknown_sender", (uint64_t)i);
		ops()->peer_set(r->backend, subnet, net(PEER, 32).addr);
		peer_says(r, p, sizeof(p));
		assert_int_equal(hello_heard(r, fd), 63);
		check_stat(r, "rx_packets", (uint64_t)i);
	}
	close(fd);
}

/* An error from a router within the peer's subnet is a packet as any other. */
static void
test_errors_of_routers_inside_are_heard(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t sent[64], p[20 + 8 + HELLO_LEN] = { 0x45 };
	struct sockaddr_in router = at("10.1.6.1", 0), ours = at(OURS, 0);
	struct inbox in;

	inner_says(fd, THEIRS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, sent, sizeof(sent)), HELLO_LEN);
	put16(p + 2, sizeof(p));
	p[8] = 64;
	p[9] = IPPROTO_ICMP;
	memcpy(p + 12, &router.sin_addr, 4);
	memcpy(p + 16, &ours.sin_addr, 4);
	put16(p + 10, packet_checksum(p, 20));
	p[20] = 3; /* unreachable: */
	p[21] = 1; /* a host */
	memcpy(p + 28, sent, HELLO_LEN);
	put16(p + 22, packet_checksum(p + 20, sizeof(p) - 20));
	peer_says(r, p, sizeof(p));
	await(r, fd);
	assert_true(inner_hears(fd, &in, MSG_ERRQUEUE) >= 0);
	close(fd);
}

/* ---- ICMP ------------------------------------------------------------- */

static void
test_who_sends_to_nobody_is_told(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);

	inner_says(fd, NOBODYS, HELLO, 5);
	error_heard(r, fd, 3, 0);
	check_stat(r, "tx_no_route", 1);
	check_stat(r, "icmp_sent", 1);
	close(fd);
}

/* Distributions differ in this, and it decides what the TUN accepts. */
static void
test_he_is_told_under_strict_reverse_path_filtering(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	if (!set_sysctl("/proc/sys/net/ipv4/conf/all/rp_filter", "1"))
		print_message("# /proc/sys is read-only: as it is, then\n");
	inner_says(fd, NOBODYS, HELLO, 5);
	error_heard(r, fd, 3, 0);
	peer_says(r, p, make_hello(p, THEIRS, OURS, port_of(fd), 64));
	assert_int_equal(hello_heard(r, fd), 63);
	set_sysctl("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
	close(fd);
}

static void
test_the_end_of_a_ttl_is_told_here(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(1);
	uint8_t p[64];

	inner_says(fd, THEIRS, HELLO, 5);
	error_heard(r, fd, 11, 0);
	assert_int_equal(recv(r->peer, p, sizeof(p), 0), -1);
	check_stat(r, "tx_ttl_exceeded", 1);
	close(fd);
}

static void
test_the_end_of_a_ttl_is_told_there(void **state)
{
	struct rig *r = *state;
	uint8_t p[HELLO_LEN], reply[256];
	size_t len;

	peer_says(r, p, make_hello(p, THEIRS, "10.1.5.9", 9, 1));
	len = receive(r, r->peer, reply, sizeof(reply));
	assert_int_equal(len, 20 + 8 + 20 + 8);
	check_header(reply, len, OURS, THEIRS, IPPROTO_ICMP, 64);
	assert_int_equal(reply[20], 11);
	assert_int_equal(reply[21], 0);
	assert_int_equal(packet_checksum(reply + 20, len - 20), 0);
	assert_memory_equal(reply + 28, p, 28);
	check_stat(r, "rx_ttl_exceeded", 1);
	check_stat(r, "rx_packets", 0);
}

/* F58: the original kept silent, as if an echo were an error. */
static void
test_a_ping_to_nobody_is_answered(void **state)
{
	uint8_t echo[8] = { 8, 0, 0xf7, 0xff }, p[256];
	struct rig *r = *state;
	int fd = socket_at(SOCK_RAW, IPPROTO_ICMP, OURS, 0);

	inner_says(fd, NOBODYS, echo, sizeof(echo));
	assert_int_equal(receive(r, fd, p, sizeof(p)), 20 + 8 + 20 + 8);
	assert_int_equal(p[20], 3);
	assert_int_equal(p[21], 0);
	assert_memory_equal(p + 48, echo, sizeof(echo));
	close(fd);
}

static void
test_what_goes_to_many_ends_in_silence(void **state)
{
	static const char *const many[] = { "224.0.0.251", "10.1.255.255" };
	struct rig *r = *state;
	int fd = inner_socket(64);
	struct ip_mreqn by = { .imr_ifindex = (int)if_nametoindex("rudder0") };
	uint8_t p[64];

	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by));
	for (size_t i = 0; i < 2; i++)
		inner_says(fd, many[i], HELLO, 5);
	inner_says(fd, THEIRS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, p, sizeof(p)), HELLO_LEN);
	check_stat(r, "tx_multicast", 1);
	check_stat(r, "tx_no_route", 1);
	check_stat(r, "icmp_sent", 0);
	close(fd);
}

/* The clock of the rig stands still: what is limited stays limited. That of
 * a worker goes on, but it is not as fast as this. */
static void
test_errors_are_limited(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[64];

	for (int i = 0; i < 200; i++)
		inner_says(fd, NOBODYS, HELLO, 5);
	inner_says(fd, THEIRS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, p, sizeof(p)), HELLO_LEN);
	check_stat(r, "tx_no_route", 200);
	while (stat_of(r, "icmp_sent") + stat_of(r, "icmp_limited") < 200)
		sched_yield();
	if (has_workers(r))
		assert_in_range(stat_of(r, "icmp_sent"), 50, 199);
	else
		check_stat(r, "icmp_sent", 50);
	close(fd);
}

/* ---- Under load ------------------------------------------------------- */

/* F37: one turn of the event loop takes 64 of them, whatever waits. (Of a
 * worker's loop nobody else can see the turns.) */
static void
test_a_wake_up_has_a_budget(void **state)
{
	struct rig *r = *state;
	int fd;

	if (has_workers(r))
		return;
	fd = inner_socket(64);
	for (int i = 0; i < 100; i++) {
		peer_says(r, HELLO, 5);
		inner_says(fd, NOBODYS, HELLO, 5);
	}
	event_base_loop(r->env.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	check_stat(r, "rx_not_ipv4", 64);
	check_stat(r, "tx_no_route", 64);
	event_base_loop(r->env.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	check_stat(r, "rx_not_ipv4", 100);
	check_stat(r, "tx_no_route", 100);
	close(fd);
}

static void
test_a_flood_fills_no_log(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 100; i++)
		peer_says(r, HELLO, 5);
	while (!has_workers(r) && stat_of(r, "rx_not_ipv4") < 100)
		event_base_loop(r->env.base, EVLOOP_ONCE);
	check_stat(r, "rx_not_ipv4", 100);
	event_base_loop(r->env.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_in_range(lines_of(r, "D: "), 10, has_workers(r) ? 90 : 10);
	assert_int_equal(lines_of(r, "W: ") + lines_of(r, "E: "), 0);
}

static void
test_counters_fit_where_they_are_told_to(void **state)
{
	struct rudder_stat stats[64] = { { .name = "mine", .value = 7 } };
	struct rig *r = *state;
	size_t n = ops()->stats(r->backend, stats, 0);

	assert_true(n > 10 && n < 64);
	assert_string_equal(stats[0].name, "mine");
	assert_int_equal(ops()->stats(r->backend, stats, 1), n);
	assert_null(stats[1].name);
	assert_int_equal(ops()->stats(r->backend, stats, 64), n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(stats[i].name, stats[j].name);
}

static void
test_what_is_in_use_is_told(void **state)
{
	static const char *const offloads[][2] = {
		{ "offload_tso", "tso" },
		{ "offload_udp_segment", "udp-segment" },
		{ "offload_udp_gro", "udp-gro" },
		{ "offload_coalesce", "coalesce" },
	};
	struct rig *r = *state;

	assert_int_equal(stat_of(r, "workers") > 0, has_workers(r));
	assert_int_equal(stat_of(r, "rx_check"), !is_off(r, "rx-check"));
	assert_int_equal(stat_of(r, "pmtu"), !is_off(r, "pmtu"));
	for (size_t i = 0; i < COUNT(offloads); i++)
		if (is_off(r, offloads[i][1]) || is_off(r, "offloads"))
			assert_int_equal(stat_of(r, offloads[i][0]), 0);
		else
			assert_int_equal(stat_of(r, offloads[i][0]), 1);
}

/* A worker counts a moment after it has acted. */
static void
await_peer_stat(struct rig *r, const char *name, uint64_t value)
{
	const struct rudder_net theirs = net("10.1.6.0", 24);
	time_t limit = time(NULL) + 30;

	while (peer_stat_of(r, theirs, name) != value && time(NULL) < limit)
		event_base_loop(r->env.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(peer_stat_of(r, theirs, name), value);
}

static void
test_a_peer_has_its_own_counters(void **state)
{
	const struct rudder_net theirs = net("10.1.6.0", 24);
	const struct rudder_net other = net("10.1.7.0", 24);
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	ops()->peer_set(r->backend, other, net("127.0.0.4", 32).addr);
	await_peer_stat(r, "tx_packets", 0);
	assert_int_equal(peer_stat_of(r, theirs, "heard_seconds_ago"), ABSENT);
	for (int i = 0; i < 3; i++) {
		inner_says(fd, THEIRS, HELLO, 5);
		receive(r, r->peer, p, sizeof(p));
	}
	make_hello(p, THEIRS, OURS, port_of(fd), 64);
	peer_says(r, p, sizeof(p));
	hello_heard(r, fd);
	await_peer_stat(r, "tx_packets", 3);
	await_peer_stat(r, "tx_bytes", UINT64_C(3) * HELLO_LEN);
	await_peer_stat(r, "rx_packets", 1);
	await_peer_stat(r, "rx_bytes", HELLO_LEN);
	assert_in_range(peer_stat_of(r, theirs, "heard_seconds_ago"), 0, 60);
	assert_int_equal(peer_stat_of(r, other, "tx_packets"), 0);
	assert_int_equal(peer_stat_of(r, other, "rx_packets"), 0);
	assert_int_equal(peer_stat_of(r, other, "heard_seconds_ago"), ABSENT);
	close(fd);
}

/* It stays when a peer is told of again, and is not passed on. */
static void
test_counters_are_those_of_the_host(void **state)
{
	const struct rudder_net theirs = net("10.1.6.0", 24);
	const uint32_t peer = net(PEER, 32).addr;
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	inner_says(fd, THEIRS, HELLO, 5);
	receive(r, r->peer, p, sizeof(p));
	await_peer_stat(r, "tx_packets", 1);
	assert_int_equal(ops()->peer_set(r->backend, theirs, peer), 0);
	assert_int_equal(ops()->peer_del(r->backend, theirs), 0);
	assert_int_equal(ops()->peer_set(r->backend, theirs, peer), 0);
	await_peer_stat(r, "tx_packets", 1);
	ops()->peer_set(r->backend, theirs, net("127.0.0.4", 32).addr);
	await_peer_stat(r, "tx_packets", 0);
	close(fd);
}

/* ---- What can be wrong from the start --------------------------------- */

static void
test_the_descriptor_is_a_backends(void **state)
{
	const struct rudder_option *o = DESCRIPTOR.options;

	(void)state;
	assert_int_equal(DESCRIPTOR.abi, RUDDER_MODULE_ABI);
	assert_string_equal(DESCRIPTOR.name, "udp");
	assert_null(DESCRIPTOR.registry);
	assert_string_equal(o[0].name, "port");
	assert_string_equal(o[0].def, "8285");
	assert_string_equal(o[0].key, "Port");
	assert_string_equal(o[1].name, "workers");
	assert_string_equal(o[1].key, "Workers");
}

static void
test_a_bad_port_is_refused(void **state)
{
	static const char *const bad[] = { "0", "65536", "-1", "x", "", "8285x",
		"99999999999999999999" };
	struct rig *r = *state;
	void *backend = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char want[64];

		r->port = bad[i];
		assert_int_equal(
		    ops()->open(&r->env, &backend), RUDDER_EOPTION);
		snprintf(want, sizeof(want), "E: udp: port=%s:", bad[i]);
		assert_true(logged(r, want));
	}
	assert_null(backend);
}

static void
test_another_port_is_used_at_both_ends(void **state)
{
	struct rig *r = *state;
	uint8_t p[64];
	int fd;

	ops()->close(r->backend);
	r->port = "4789";
	assert_int_equal(ops()->open(&r->env, &r->backend), 0);
	assert_int_equal(rig_attach(r, place()), 0);
	ops()->peer_set(r->backend, net("10.1.6.0", 24), net(PEER, 32).addr);
	r->peer = socket_at(SOCK_DGRAM, 0, PEER, 4789);
	fd = inner_socket(64);
	inner_says(fd, THEIRS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, p, sizeof(p)), HELLO_LEN);
	close(fd);
}

/* Attaching failed with this error and with these words in one line; nothing
 * is left of it, so that another attempt succeeds. */
static void
check_refused(struct rig *r, struct rudder_attach where, int err,
    const char *const words[])
{
	assert_int_equal(rig_attach(r, where), err);
	assert_int_equal(lines_of(r, "E: "), 1);
	for (; *words != NULL; words++)
		if (!logged(r, *words))
			fail_msg("no \"%s\" in: %s", *words, r->log);
	assert_int_equal(if_nametoindex("rudder0"), 0);
}

static void
test_a_port_in_use_is_named(void **state)
{
	static const char *const words[] = { "8285", ME, "lo", "in use",
		"choose another", NULL };
	struct rig *r = *state;
	int holder = socket_at(SOCK_DGRAM, 0, ME, PORT);

	check_refused(r, place(), -EADDRINUSE, words);
	close(holder);
	assert_int_equal(rig_attach(r, place()), 0);
	assert_int_equal(rig_attach(r, place()), RUDDER_ESTATE);
}

static void
test_an_address_that_is_not_ours_is_named(void **state)
{
	static const char *const words[] = { "192.0.2.1", "8285",
		"lost this address", NULL };
	struct rudder_attach where = place();
	struct rig *r = *state;

	where.iface_ip = net("192.0.2.1", 32).addr;
	check_refused(r, where, -EADDRNOTAVAIL, words);
	assert_int_equal(rig_attach(r, place()), 0);
}

static void
test_an_mtu_too_small_is_named(void **state)
{
	static const char *const words[] = { "MTU of lo is 95", "96", NULL };
	struct rudder_attach where = place();
	struct rig *r = *state;

	where.iface_mtu = 95;
	check_refused(r, where, -EINVAL, words);
	where.iface_mtu = 96;
	assert_int_equal(rig_attach(r, where), 0);
	assert_int_equal(r->device.mtu, 68);
}

/* Half of the device was set up when it failed: all of it goes away. */
static void
test_a_route_that_cannot_be_set_undoes_the_rest(void **state)
{
	static const char *const words[] = { "rudder0", "cannot route", NULL };
	struct rudder_attach where = place();
	struct rig *r = *state;

	where.network.addr += 1; /* host bits in a network: the kernel's no */
	check_refused(r, where, -EINVAL, words);
	assert_int_equal(rig_attach(r, place()), 0);
}

static void
test_without_privilege_it_says_what_is_needed(void **state)
{
	static const char *const words[] = { "CAP_NET_ADMIN", NULL };
	struct rig *r = *state;
	int err;

	assert_int_equal(seteuid(65534), 0);
	err = rig_attach(r, place());
	assert_int_equal(seteuid(0), 0);
	assert_true(err == -EACCES || err == -EPERM);
	for (size_t i = 0; words[i] != NULL; i++)
		assert_true(logged(r, words[i]));
	assert_int_equal(rig_attach(r, place()), 0);
}

/* Hidden from this process alone, by a mount that nobody else sees. */
static void
test_without_a_driver_it_says_how_to_get_one(void **state)
{
	static const char *const words[] = { "/dev/net/tun", "modprobe tun",
		NULL };
	struct rig *r = *state;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev/net", "tmpfs", 0, NULL) < 0) {
		print_message("# no mounts here: %s\n", strerror(errno));
		return;
	}
	check_refused(r, place(), -ENOENT, words);
	assert_int_equal(umount("/dev/net"), 0);
	assert_int_equal(rig_attach(r, place()), 0);
}

static void
test_before_attach_there_are_no_peers(void **state)
{
	struct rig *r = *state;

	assert_int_equal(
	    ops()->peer_set(r->backend, net("10.1.6.0", 24), 1), RUDDER_ESTATE);
	assert_int_equal(
	    ops()->peer_del(r->backend, net("10.1.6.0", 24)), RUDDER_ESTATE);
	check_stat(r, "tx_packets", 0);
}

static const struct CMUnitTest cases[] = {
	ON_A_PATH(test_the_device_is_as_documented),
	ON_A_PATH(test_a_second_instance_goes_on_with_a_warning),
	ON_A_PATH(test_a_packet_leaves_bare_and_one_hop_older),
	ON_A_PATH(test_a_packet_arrives_one_hop_older),
	ON_A_PATH(test_datagrams_go_from_port_to_port),
	ON_A_PATH(test_the_largest_packet_arrives_whole),
	ON_A_PATH(test_what_is_no_packet_is_dropped_and_counted),
	ON_A_PATH(test_nobody_else_speaks_for_our_subnet),
	ON_A_PATH(test_a_peer_moves_and_goes),
	ON_A_PATH(test_a_stranger_is_not_heard),
	ON_A_PATH(test_a_host_speaks_for_its_own_subnet),
	ON_A_PATH(test_nothing_goes_beyond_our_subnet),
	ON_A_PATH(test_each_packet_of_a_train_is_looked_at),
	ON_A_PATH(test_a_host_is_heard_from_any_port),
	ON_A_PATH(test_without_peers_nobody_is_heard),
	ON_A_PATH(test_errors_of_routers_inside_are_heard),
	ON_A_PATH(test_who_sends_to_nobody_is_told),
	ON_A_PATH(test_he_is_told_under_strict_reverse_path_filtering),
	ON_A_PATH(test_the_end_of_a_ttl_is_told_here),
	ON_A_PATH(test_the_end_of_a_ttl_is_told_there),
	ON_A_PATH(test_a_ping_to_nobody_is_answered),
	ON_A_PATH(test_what_goes_to_many_ends_in_silence),
	ON_A_PATH(test_errors_are_limited),
	ON_A_PATH(test_a_wake_up_has_a_budget),
	ON_A_PATH(test_a_flood_fills_no_log),
	ON_A_PATH(test_counters_fit_where_they_are_told_to),
	ON_A_PATH(test_what_is_in_use_is_told),
	ON_A_PATH(test_a_peer_has_its_own_counters),
	ON_A_PATH(test_counters_are_those_of_the_host),
	BARE(test_the_descriptor_is_a_backends),
	BARE(test_a_bad_port_is_refused),
	BARE(test_another_port_is_used_at_both_ends),
	BARE(test_a_port_in_use_is_named),
	BARE(test_an_address_that_is_not_ours_is_named),
	BARE(test_an_mtu_too_small_is_named),
	BARE(test_a_route_that_cannot_be_set_undoes_the_rest),
	BARE(test_without_privilege_it_says_what_is_needed),
	BARE(test_without_a_driver_it_says_how_to_get_one),
	BARE(test_before_attach_there_are_no_peers),
};

/* Each alone is off with the lane on our own event_base: there the order of
 * things is known. */
static const struct mode modes[] = {
	{ .name = "all on", .workers = "1" },
	{ .name = "no workers", .workers = "0" },
	{ .name = "2 workers", .workers = "2" },
	{ .name = "all off", .workers = "0", .off = "offloads" },
	{ .name = "all off, 1 worker", .workers = "1", .off = "offloads" },
	{ .name = "all off, 2 workers", .workers = "2", .off = "offloads" },
	{ .name = "no tso", .workers = "0", .off = "tso" },
	{ .name = "no uso", .workers = "0", .off = "uso" },
	{ .name = "no udp-segment", .workers = "0", .off = "udp-segment" },
	{ .name = "no udp-gro", .workers = "0", .off = "udp-gro" },
	{ .name = "no coalesce", .workers = "0", .off = "coalesce" },
	{ .name = "no pmtu", .workers = "0", .off = "pmtu" },
	{ .name = "no rx-check", .workers = "0", .off = "rx-check" },
	{ .name = "no rx-check, 1 worker", .workers = "1", .off = "rx-check" },
};

int
main(void)
{
	return rig_may_run() ? RUN_IN_MODES(cases, modes) : 0;
}
