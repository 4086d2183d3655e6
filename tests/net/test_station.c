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

static const struct CMUnitTest cases[] = {
	ON_A_PATH(test_it_moves_to_another_address),
	ON_A_PATH(test_it_moves_there_and_back),
	ON_A_PATH(test_it_takes_another_mtu),
	ON_A_PATH(test_peers_of_before_and_after_a_move_are_known),
	ON_A_PATH(test_a_move_that_fails_changes_nothing),
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
	const char *why = obstacle();

	if (why != NULL) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	silence_ipv6();
	return RUN_IN_MODES(cases, modes);
}
