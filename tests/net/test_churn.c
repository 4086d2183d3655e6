/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes change a thousand times a second, and lanes begin and end, while
 * packets go both ways. What must not happen is that a route which stays is
 * missed for a moment, or that one is not what it was last told to be. (Built
 * with --enable-sanitizers=thread, the threads are watched as well.)
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>

#include "device.h"
#include "rig.h"

#define OTHER "127.0.0.4"
#define ELSEWHERE "127.0.0.6"

#define CHANGES 2000
#define SUBNETS 32 /* that change: 10.1.100.0/24 and on */
#define BURST 32

/* ---- Load --------------------------------------------------------------- */

/* What two threads send: into the TUN and to the socket. */
struct load {
	_Atomic bool stop;
	_Atomic bool unreachable; /* a route that stays was missed */
	int inner;
	int peer;
	unsigned port; /* of `inner` */
	pthread_t threads[2];
};

static void
pause_a_little(void)
{
	const struct timespec ms = { 0, 1000000 };

	nanosleep(&ms, NULL);
}

static void
subnet_address(char text[32], unsigned i)
{
	snprintf(text, 32, "10.1.%u.7", 100 + i % SUBNETS);
}

static void
send_to(int fd, const char *ip, unsigned port, const void *data, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, ip, &to.sin_addr);
	sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to));
}

/* Half of it to the peer, whose route stays: of these the socket `inner` would
 * be told if they went nowhere. */
static void *
load_tun(void *arg)
{
	struct load *l = arg;
	int others = socket_at(SOCK_DGRAM, 0, OURS, 0), err;
	socklen_t len = sizeof(err);
	char ip[32];

	for (unsigned i = 0; !l->stop; i++) {
		subnet_address(ip, i);
		send_to(l->inner, THEIRS, 4242, HELLO, 5);
		send_to(others, ip, 4242, HELLO, 5);
		if (i % BURST == 0)
			pause_a_little();
		err = 0;
		getsockopt(l->inner, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err == ENETUNREACH)
			l->unreachable = true;
	}
	close(others);
	return NULL;
}

static void *
load_socket(void *arg)
{
	struct load *l = arg;
	uint8_t p[HELLO_LEN];
	char ip[32];

	for (unsigned i = 0; !l->stop; i++) {
		subnet_address(ip, i);
		make_hello(p, i % 2 ? ip : THEIRS, OURS, l->port, 64);
		send_to(l->peer, ME, PORT, p, sizeof(p));
		send_to(l->peer, ELSEWHERE, PORT, p, sizeof(p));
		if (i % BURST == 0)
			pause_a_little();
	}
	return NULL;
}

static void
load_begins(struct load *l, struct rig *r)
{
	*l = (struct load){ .inner = inner_socket(64), .peer = r->peer };
	l->port = port_of(l->inner);
	assert_int_equal(pthread_create(&l->threads[0], NULL, load_tun, l), 0);
	assert_int_equal(
	    pthread_create(&l->threads[1], NULL, load_socket, l), 0);
}

static void
load_ends(struct load *l)
{
	l->stop = true;
	for (size_t i = 0; i < 2; i++)
		pthread_join(l->threads[i], NULL);
	close(l->inner);
}

/* ---- Changes ------------------------------------------------------------ */

/* What the routes were last told to be. */
struct model {
	const char *host[SUBNETS]; /* NULL: there is none */
};

static struct rudder_net
subnet(unsigned i)
{
	struct rudder_net n = net("10.1.100.0", 24);

	n.addr += i << 8;
	return n;
}

static void
change_one(struct rig *r, struct model *m)
{
	static const char *const hosts[] = { PEER, OTHER, NULL };
	unsigned i = (unsigned)random() % SUBNETS;
	const char *host = hosts[random() % 3];
	int rc;

	if (host != NULL)
		rc = ops()->peer_set(r->backend, subnet(i), net(host, 32).addr);
	else
		rc = ops()->peer_del(r->backend, subnet(i));
	assert_int_equal(rc, host == NULL && m->host[i] == NULL ? -ENOENT : 0);
	m->host[i] = host;
}

/* Awaits a packet from this port; others may be before it. */
static void
await_from(struct rig *r, int fd, unsigned port)
{
	uint8_t p[2048];
	size_t len;

	do
		len = receive(r, fd, p, sizeof(p));
	while (len != HELLO_LEN || get16(p + 20) != port);
}

/* Each subnet is where it was last said to be, or nowhere. */
static void
check_routes(struct rig *r, const struct model *m, int other)
{
	char ip[32];

	for (unsigned i = 0; i < SUBNETS; i++) {
		uint64_t nowhere = stat_of(r, "tx_no_route");
		int fd = inner_socket(64);

		subnet_address(ip, i);
		inner_says(fd, ip, HELLO, 5);
		if (m->host[i] == NULL)
			check_stat(r, "tx_no_route", nowhere + 1);
		else
			await_from(r,
			    strcmp(m->host[i], PEER) == 0 ? r->peer : other,
			    port_of(fd));
		close(fd);
	}
}

/* Reads away what the load has left, so that there is room. */
static void
drain(int fd)
{
	uint8_t p[2048];

	while (recv(fd, p, sizeof(p), 0) >= 0)
		;
}

/* ---- Cases --------------------------------------------------------------- */

struct churn {
	struct rig *r;
	uint64_t begin; /* milliseconds */
	struct model model;
	unsigned left;
	int other;
};

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* One for each millisecond that has passed. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct churn *c = arg;

	(void)fd;
	(void)what;
	stat_of(c->r, "tx_packets"); /* read while they count */
	peer_stat_of(c->r, net("10.1.6.0", 24), "tx_packets");
	peer_stat_of(c->r, subnet(0), "rx_packets");
	for (; c->left > 0 && c->begin + CHANGES - c->left < now_ms();
	     c->left--)
		change_one(c->r, &c->model);
	drain(c->r->peer);
	drain(c->other);
	if (c->left == 0)
		event_base_loopbreak(c->r->env.base);
}

static void
churn(struct churn *c)
{
	const struct timeval ms = { 0, 1000 };
	struct event_base *base = c->r->env.base;
	struct event *tick = event_new(base, -1, EV_PERSIST, on_tick, c);

	c->begin = now_ms();
	assert_int_equal(event_add(tick, &ms), 0);
	event_base_dispatch(base);
	event_free(tick);
}

/* The one that stays has a part in all of it, and not all. */
static void
check_peer(struct rig *r)
{
	struct rudder_net n = net("10.1.6.0", 24);

	assert_in_range(
	    peer_stat_of(r, n, "tx_packets"), 500, stat_of(r, "tx_packets"));
	assert_in_range(
	    peer_stat_of(r, n, "rx_packets"), 500, stat_of(r, "rx_packets"));
	assert_in_range(peer_stat_of(r, n, "heard_seconds_ago"), 0, 60);
}

static void
test_routes_change_under_load(void **state)
{
	struct churn c = { .r = *state, .left = CHANGES };
	struct rig *r = c.r;
	struct load load;

	srandom(1);
	c.other = socket_at(SOCK_DGRAM, 0, OTHER, PORT);
	load_begins(&load, r);
	churn(&c);
	load_ends(&load);
	drain(r->peer);
	drain(c.other);
	assert_false(load.unreachable);
	assert_true(stat_of(r, "tx_packets") > 1000);
	assert_true(stat_of(r, "rx_packets") > 1000);
	assert_true(stat_of(r, "tx_no_route") > 0);
	assert_true(stat_of(r, "rx_wrong_source") > 0);
	check_peer(r);
	check_routes(r, &c.model, c.other);
	assert_int_equal(r->failures, 0);
	close(c.other);
}

static void
test_lanes_end_and_begin_under_load(void **state)
{
	struct rudder_attach where = place();
	struct rig *r = *state;
	struct model m = { .host = { NULL } };
	struct load load;
	int other = socket_at(SOCK_DGRAM, 0, OTHER, PORT);

	srandom(2);
	load_begins(&load, r);
	for (int i = 0; i < 40; i++) {
		where.iface_ip = net(i % 2 ? ME : ELSEWHERE, 32).addr;
		for (int k = 0; k < 20; k++)
			change_one(r, &m);
		assert_int_equal(
		    ops()->move(r->backend, &where, &r->device), 0);
		for (int k = 0; k < 5; k++) {
			event_base_loop(r->env.base, EVLOOP_NONBLOCK);
			pause_a_little();
		}
		drain(r->peer);
		drain(other);
	}
	ip("link delete rudder0");
	await_stat(r, "tun_repaired", 1);
	load_ends(&load);
	drain(r->peer);
	drain(other);
	check_routes(r, &m, other);
	assert_int_equal(r->failures, 0);
	close(other);
}

static const struct CMUnitTest cases[] = {
	ON_A_PATH(test_routes_change_under_load),
	ON_A_PATH(test_lanes_end_and_begin_under_load),
};

static const struct mode modes[] = {
	{ .name = "all on", .workers = "1" },
	{ .name = "3 workers", .workers = "3" },
	{ .name = "all off, 2 workers", .workers = "2", .off = "offloads" },
};

int
main(void)
{
	return rig_may_run() ? RUN_IN_MODES(cases, modes) : 0;
}
