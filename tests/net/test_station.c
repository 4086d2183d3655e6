/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The underlay changes while the overlay is in use: the device, its name and
 * the peers stay, and so do the connections inside.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "device.h"
#include "rig.h"

#define ELSEWHERE "127.0.0.6"

static struct rudder_attach
elsewhere(void)
{
	struct rudder_attach where = place();

	where.iface_ip = where.public_ip = net(ELSEWHERE, 32).addr;
	return where;
}

static int
rig_move(struct rig *r, struct rudder_attach where)
{
	return ops()->move(r->backend, &where, &r->device);
}

/* Packets go both ways, and the wire says that we are at `me`. */
static void
check_flow(struct rig *r, const char *me)
{
	int fd = inner_socket(64);
	uint8_t p[2048];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);

	inner_says(fd, THEIRS, HELLO, 5);
	await(r, r->peer);
	assert_int_equal(
	    recvfrom(r->peer, p, sizeof(p), 0, (struct sockaddr *)&from, &len),
	    HELLO_LEN);
	assert_int_equal(from.sin_addr.s_addr, at(me, 0).sin_addr.s_addr);
	assert_int_equal(ntohs(from.sin_port), PORT);
	peer_says_to(r, me, p, make_hello(p, THEIRS, OURS, port_of(fd), 17));
	assert_int_equal(hello_heard(r, fd), 16);
	close(fd);
}

/* ---- Moves ------------------------------------------------------------ */

static void
test_it_moves_to_another_address(void **state)
{
	struct rig *r = *state;
	unsigned before = if_nametoindex("rudder0");

	check_flow(r, ME);
	assert_int_equal(rig_move(r, elsewhere()), 0);
	check_flow(r, ELSEWHERE);
	assert_string_equal(r->device.name, "rudder0");
	assert_int_equal(if_nametoindex("rudder0"), before);
	check_stat(r, "tx_packets", 2);
	check_stat(r, "rx_packets", 2);
	assert_true(logged(r, "I: udp: rudder0 stays"));
	assert_int_equal(lines_of(r, "W: ") + lines_of(r, "E: "), 0);
	close(socket_at(SOCK_DGRAM, 0, ME, PORT)); /* it is free */
}

static void
test_it_moves_there_and_back(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 5; i++) {
		assert_int_equal(rig_move(r, elsewhere()), 0);
		check_flow(r, ELSEWHERE);
		assert_int_equal(rig_move(r, place()), 0);
		check_flow(r, ME);
	}
	check_stat(r, "tx_packets", 10);
}

/* A device that is heard of again, with the address that it had. */
static void
test_it_takes_another_mtu(void **state)
{
	static const unsigned mtus[] = { 1400, 9000, 1500 };
	struct rudder_attach where = place();
	struct rig *r = *state;

	for (size_t i = 0; i < 3; i++) {
		where.iface_mtu = mtus[i];
		assert_int_equal(rig_move(r, where), 0);
		assert_int_equal(r->device.mtu, mtus[i] - 28);
		assert_int_equal(mtu_of("rudder0"), mtus[i] - 28);
		check_flow(r, ME);
	}
}

/* What the peers were told meanwhile is in no lane that has ended. */
static void
test_peers_of_before_and_after_a_move_are_known(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[64];

	assert_int_equal(rig_move(r, elsewhere()), 0);
	assert_int_equal(ops()->peer_set(r->backend, net("10.1.99.0", 24),
			     net(PEER, 32).addr),
	    0);
	inner_says(fd, NOBODYS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, p, sizeof(p)), HELLO_LEN);
	assert_int_equal(ops()->peer_del(r->backend, net("10.1.6.0", 24)), 0);
	assert_int_equal(rig_move(r, place()), 0);
	inner_says(fd, THEIRS, HELLO, 5);
	error_heard(r, fd, 3, 0);
	inner_says(fd, NOBODYS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, p, sizeof(p)), HELLO_LEN);
	close(fd);
}

/* It is where it was, and says why; and can be told again. */
static void
check_stays(
    struct rig *r, struct rudder_attach where, int err, const char *word)
{
	r->log[0] = '\0';
	assert_int_equal(rig_move(r, where), err);
	assert_int_equal(lines_of(r, "E: "), 1);
	assert_true(logged(r, word));
	assert_int_equal(mtu_of("rudder0"), 1472);
	check_flow(r, ME);
}

static void
test_a_move_that_fails_changes_nothing(void **state)
{
	struct rudder_attach where = elsewhere();
	struct rig *r = *state;
	int holder = socket_at(SOCK_DGRAM, 0, ELSEWHERE, PORT);

	where.iface_mtu = 9000;
	check_stays(r, where, -EADDRINUSE, "choose another");
	close(holder);
	where.iface_ip = net("192.0.2.1", 32).addr;
	check_stays(r, where, -EADDRNOTAVAIL, "192.0.2.1");
	where.iface_mtu = 60;
	check_stays(r, where, -EINVAL, "MTU of lo is 60");
	assert_int_equal(rig_move(r, elsewhere()), 0);
	check_flow(r, ELSEWHERE);
}

static void
test_what_is_not_there_does_not_move(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rig_move(r, place()), RUDDER_ESTATE);
	assert_int_equal(rig_attach(r, place()), 0);
	assert_int_equal(rig_move(r, elsewhere()), 0);
}

/* ---- What somebody else changes (F50, F51) ----------------------------- */

static void
check_device(struct rig *r)
{
	char ip[INET_ADDRSTRLEN], dev[IFNAMSIZ];
	uint32_t mask;

	assert_int_equal(mtu_of("rudder0"), 1472);
	assert_int_equal(addresses_of("rudder0", ip, &mask), 1);
	assert_string_equal(ip, OURS);
	assert_int_equal(mask, UINT32_MAX);
	route_to(net("10.1.0.0", 16), dev);
	assert_string_equal(dev, "rudder0");
	assert_int_equal(r->failures, 0);
	assert_int_equal(lines_of(r, "E: "), 0);
}

struct change {
	const char *ip;	  /* what somebody does */
	const char *line; /* what is said about it */
	unsigned repairs;
};

static const struct change changes[] = {
	{ "route delete 10.1.0.0/16 dev rudder0",
	    "had lost the route to 10.1.0.0/16", 1 },
	{ "address delete 10.1.5.0/32 dev rudder0",
	    "had lost its address 10.1.5.0", 2 },
	{ "address flush dev rudder0", "had lost its address 10.1.5.0", 2 },
	{ "link set rudder0 down", "was down", 2 },
	{ "link set rudder0 mtu 1300", "had an MTU of 1300: it has 1472", 1 },
	{ "link set rudder0 mtu 9000", "had an MTU of 9000: it has 1472", 1 },
	{ "route replace 10.1.0.0/16 dev rudder0",
	    "had another route to 10.1.0.0/16", 1 },
	{ "address add 10.1.5.0/16 dev rudder0",
	    "had the address 10.1.5.0/16 too", 1 },
	{ "address add 10.1.7.9/24 dev rudder0",
	    "had the address 10.1.7.9/24 too", 1 },
	{ "link delete rudder0", "was gone: it was made again", 1 },
};

static void
test_what_somebody_changes_is_put_back(void **state)
{
	struct rig *r = *state;
	uint64_t repairs = 0;

	for (size_t i = 0; i < COUNT(changes); i++) {
		r->log[0] = '\0';
		ip(changes[i].ip);
		repairs += changes[i].repairs;
		await_stat(r, "tun_repaired", repairs);
		if (!logged(r, changes[i].line) && lines_of(r, "W: ") > 0)
			fail_msg("%s: %s", changes[i].ip, r->log);
		check_device(r);
		check_flow(r, ME);
	}
	check_stat(r, "tun_repaired", repairs);
	check_stat(r, "tx_packets", COUNT(changes));
}

/* By a lane, before or after the kernel has told; and with packets on their
 * way, from both sides. */
static void
test_a_deleted_device_under_traffic_is_made_again(void **state)
{
	struct rig *r = *state;
	int fd = inner_socket(64);
	uint8_t p[HELLO_LEN];

	make_hello(p, THEIRS, OURS, port_of(fd), 64);
	for (uint64_t i = 1; i <= 3; i++) {
		for (int k = 0; k < 3; k++)
			peer_says(r, p, sizeof(p));
		ip("link delete rudder0");
		for (int k = 0; k < 3; k++)
			peer_says(r, p, sizeof(p));
		await_stat(r, "tun_repaired", i);
		check_device(r);
		check_flow(r, ME);
	}
	close(fd);
}

static void
test_what_is_not_of_the_overlay_is_left_alone(void **state)
{
	struct rig *r = *state;

	ip("address add 169.254.7.7/16 dev rudder0");
	ip("route add 192.0.2.0/24 dev rudder0");
	ip("route add 10.1.0.0/17 dev rudder0");
	ip("route delete 10.1.0.0/16 dev rudder0");
	await_stat(r, "tun_repaired", 1);
	check_stat(r, "tun_repaired", 1);
	ip("address delete 169.254.7.7/16 dev rudder0"); /* is there */
	ip("route delete 192.0.2.0/24 dev rudder0");
	ip("route delete 10.1.0.0/17 dev rudder0");
	check_flow(r, ME);
}

/* As at the start (F44): somebody else's route stays, with a warning. */
static void
test_somebody_elses_route_stays(void **state)
{
	struct rig *r = *state;
	char dev[IFNAMSIZ];

	ip("route replace 10.1.0.0/16 dev lo");
	ip("link set rudder0 mtu 1300"); /* is seen in the same look */
	await_stat(r, "tun_repaired", 1);
	assert_int_equal(lines_of(r, "a route to 10.1.0.0/16 by lo"), 1);
	route_to(net("10.1.0.0", 16), dev);
	assert_string_equal(dev, "lo");
	ip("route delete 10.1.0.0/16 dev lo");
	await_stat(r, "tun_repaired", 2);
	check_device(r);
	check_flow(r, ME);
}

/* Somebody who does not give in fills no log. */
static void
test_a_fight_fills_no_log(void **state)
{
	struct rig *r = *state;

	for (uint64_t i = 1; i <= 15; i++) {
		ip("route delete 10.1.0.0/16 dev rudder0");
		assert_int_equal(rig_move(r, place()), 0); /* looks at once */
		check_stat(r, "tun_repaired", i);
	}
	assert_int_equal(lines_of(r, "W: "), 10);
	check_device(r);
}

/* More than its socket holds: the kernel's word of the route is not there. */
static void
test_lost_words_of_the_kernel_are_made_up_for(void **state)
{
	struct rig *r = *state;

	assert_int_equal(system("for i in $(seq 2000); do "
				"echo address add 192.0.2.1/32 dev lo; "
				"echo address delete 192.0.2.1/32 dev lo; "
				"done | ip -batch -"),
	    0);
	ip("route delete 10.1.0.0/16 dev rudder0");
	await_stat(r, "tun_repaired", 1);
	check_device(r);
	check_flow(r, ME);
}

/* Nobody tells when the name is free again: it is tried every ten seconds. */
static void
test_a_device_whose_name_is_taken_is_made_later(void **state)
{
	struct rig *r = *state;

	if (strcmp(r->mode->name, "all on") != 0)
		return;
	ip("link delete rudder0");
	ip("link add rudder0 type bridge");
	while (lines_of(r, "E: udp: cannot create the TUN device rudder0") == 0)
		event_base_loop(r->env.base, EVLOOP_ONCE);
	check_stat(r, "tun_repaired", 0);
	assert_int_equal(rig_move(r, elsewhere()), -ENODEV);
	ip("link delete rudder0");
	r->log[0] = '\0';
	await_stat(r, "tun_repaired", 1);
	check_device(r);
	check_flow(r, ME);
	assert_int_equal(rig_move(r, elsewhere()), 0);
	check_flow(r, ELSEWHERE);
}

static const struct CMUnitTest cases[] = {
	ON_A_PATH(test_it_moves_to_another_address),
	ON_A_PATH(test_it_moves_there_and_back),
	ON_A_PATH(test_it_takes_another_mtu),
	ON_A_PATH(test_peers_of_before_and_after_a_move_are_known),
	ON_A_PATH(test_a_move_that_fails_changes_nothing),
	ON_A_PATH(test_what_somebody_changes_is_put_back),
	ON_A_PATH(test_a_deleted_device_under_traffic_is_made_again),
	ON_A_PATH(test_what_is_not_of_the_overlay_is_left_alone),
	ON_A_PATH(test_somebody_elses_route_stays),
	ON_A_PATH(test_a_fight_fills_no_log),
	ON_A_PATH(test_lost_words_of_the_kernel_are_made_up_for),
	ON_A_PATH(test_a_device_whose_name_is_taken_is_made_later),
	BARE(test_what_is_not_there_does_not_move),
};

static const struct mode modes[] = {
	{ .name = "all on", .workers = "1" },
	{ .name = "no workers", .workers = "0" },
	{ .name = "3 workers", .workers = "3" },
	{ .name = "all off", .workers = "0", .off = "offloads" },
	{ .name = "all off, 2 workers", .workers = "2", .off = "offloads" },
};

int
main(void)
{
	return rig_may_run() ? RUN_IN_MODES(cases, modes) : 0;
}
