/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast lane against the reference: both are given the same packets of
 * every kind, whole and broken, and must do the same with each, byte by byte,
 * in either direction. The TUN is a pair of sockets here, the wire is lo; so
 * this needs no privilege.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>

#include "../check.h"
#include "lane.h"
#include "packet.h"
#include "vnet.h"

#undef IP_TOS /* wire.h has names for the same places in a header */
#undef IP_TTL
#undef IP_MULTICAST_IF
#include "../unit/super.h"

#define ROUNDS 1200
#define BATCH 8 /* a pair of sockets holds ten, mostly */
#define SEEN 512

/* What came out, in order. */
struct heard {
	size_t n;
	size_t len[SEEN];
	uint8_t *data[SEEN];
};

struct side {
	struct lane *lane;
	struct event_base *base;
	int tun; /* the kernel's end */
	int wire;
	unsigned port;
	struct heard out, back, in;
};

struct bench {
	uint64_t chance;
	uint64_t clock;
	int peer;
	unsigned peer_port;
	struct leases leases;
	struct side simple, fast;
};

/* ---- The owner ----------------------------------------------------------- */

/* So late each time that ICMP errors are never too many. */
static uint64_t
on_now(void *arg)
{
	return *(uint64_t *)arg += 1000;
}

static void
on_debug(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void
on_died(void *arg, int err, const char *why)
{
	(void)arg;
	fail_msg("%d: %s", err, why);
}

static void
on_gone(void *arg)
{
	(void)arg;
	fail_msg("the TUN is gone");
}

/* ---- Its life ------------------------------------------------------------ */

static int
udp_socket(unsigned *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int size = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

static void
open_side(struct bench *b, struct side *s, const struct lane_kind *kind,
    struct offload offload)
{
	struct lane_config cfg = { .offload = offload,
		.rx_check = true,
		.leases = &b->leases,
		.owner = { .arg = &b->clock,
		    .now = on_now,
		    .debug = on_debug,
		    .died = on_died,
		    .gone = on_gone },
		.place = { .tun_name = "tun",
		    .port = (uint16_t)b->peer_port,
		    .mtu = 1472,
		    .iface_ip = 0x7f000009,
		    .network = { 0x0a010000, 16 },
		    .subnet = { 0x0a010500, 24 } } };
	int ends[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	s->tun = ends[0];
	s->base = cfg.base = event_base_new();
	cfg.tun = ends[1];
	cfg.udp = s->wire = udp_socket(&s->port);
	offload_socket(cfg.udp, &offload);
	cfg.offload = offload;
	assert_int_equal(lane_open(&s->lane, kind, &cfg), 0);
}

static void
close_side(struct side *s)
{
	close(s->lane->cfg.tun);
	lane_close(s->lane);
	event_base_free(s->base);
	close(s->tun);
	close(s->wire);
}

static int
setup(void **state)
{
	const struct offload all = { true, true, true, true, true, true };
	const struct offload none = { .vnet = false };
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->chance = 11;
	b->peer = udp_socket(&b->peer_port);
	leases_set(
	    &b->leases, (struct rudder_net){ 0x0a010600, 24 }, INADDR_LOOPBACK);
	leases_set(
	    &b->leases, (struct rudder_net){ 0x0a010700, 24 }, 0x7f000008);
	open_side(b, &b->simple, &simple_kind, none);
	open_side(b, &b->fast, &fast_kind, all);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	close_side(&b->simple);
	close_side(&b->fast);
	leases_fini(&b->leases);
	close(b->peer);
	free(b);
	return 0;
}

/* ---- What is heard ------------------------------------------------------- */

static void
hear(struct heard *h, const uint8_t *data, size_t len)
{
	assert_true(h->n < SEEN);
	h->data[h->n] = malloc(len + 1);
	assert_non_null(h->data[h->n]);
	memcpy(h->data[h->n], data, len);
	h->len[h->n++] = len;
}

static void
forget(struct heard *h)
{
	while (h->n > 0)
		free(h->data[--h->n]);
}

static void
hear_all(struct heard *h, int fd)
{
	static uint8_t buf[PACKET_MAX + 64];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0)
		hear(h, buf, (size_t)n);
}

/* As the kernel takes them: cut where they are more than one. */
static void
hear_cut(struct heard *h, int fd)
{
	static uint8_t buf[PACKET_MAX + 64], one[PACKET_MAX];
	struct vnet vnet;
	ssize_t n;
	size_t len;

	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0) {
		memcpy(&vnet, buf, sizeof(vnet));
		n -= (ssize_t)sizeof(vnet);
		if (vnet.gso_type == VNET_GSO_NONE) {
			hear(h, buf + sizeof(vnet), (size_t)n);
			continue;
		}
		for (size_t i = 0; (len = super_cut(buf + sizeof(vnet),
					(size_t)n, vnet.gso_size, i, one)) > 0;
		     i++)
			hear(h, one, len);
	}
}

static int
compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	return memcmp(a, b, a_len);
}

/* Of each flow the order is kept, which test_merge looks at; of different
 * ones it may be another. */
static void
sort(struct heard *h)
{
	for (size_t i = 1; i < h->n; i++)
		for (size_t k = i;
		     k > 0 && compare(h->data[k - 1], h->len[k - 1], h->data[k],
				  h->len[k]) > 0;
		     k--) {
			uint8_t *data = h->data[k];
			size_t len = h->len[k];

			h->data[k] = h->data[k - 1];
			h->len[k] = h->len[k - 1];
			h->data[k - 1] = data;
			h->len[k - 1] = len;
		}
}

static void
check_same(struct heard *simple, struct heard *fast)
{
	assert_int_equal(fast->n, simple->n);
	for (size_t i = 0; i < simple->n; i++) {
		assert_int_equal(fast->len[i], simple->len[i]);
		assert_memory_equal(
		    fast->data[i], simple->data[i], simple->len[i]);
	}
	forget(simple);
	forget(fast);
}

static void
check_same_counters(struct bench *b)
{
	static const enum counter which[] = { TX_PACKETS, TX_BYTES, TX_NOT_IPV4,
		TX_MALFORMED, TX_MULTICAST, TX_NO_ROUTE, TX_TTL_EXCEEDED,
		TX_TOO_BIG, TX_FRAGMENTED, RX_PACKETS, RX_BYTES, RX_NOT_IPV4,
		RX_MALFORMED, RX_UNKNOWN_SENDER, RX_FORGED, RX_WRONG_SOURCE,
		RX_WRONG_DESTINATION, RX_TTL_EXCEEDED, ICMP_SENT };

	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		uint64_t simple = b->simple.lane->counters.n[which[i]];
		uint64_t fast = b->fast.lane->counters.n[which[i]];

		if (simple != fast)
			fail_msg("%s: %ju and %ju", counters_name(which[i]),
			    (uintmax_t)simple, (uintmax_t)fast);
	}
}

/* ---- Packets of every kind ----------------------------------------------- */

static uint32_t
below(struct bench *b, uint32_t limit)
{
	return super_below(&b->chance, limit);
}

static uint32_t
an_address(struct bench *b)
{
	static const uint32_t some[] = { 0x0a010607, 0x0a010608, 0x0a010607,
		0x0a010607, 0x0a010501, 0x0a010507, 0x0a010707, 0x0a016301,
		0xe00000fb, 0x7f000009, 0, 0xffffffff };

	return some[below(b, sizeof(some) / sizeof(some[0]))];
}

/* Streams of a few flows; now and then from or to anywhere, of other
 * protocols, in fragments, with options, old, long, or changed by chance. */
static size_t
a_packet(struct bench *b, struct super *s, bool in, uint8_t *p)
{
	size_t len;

	s->src = in ? 0x0a010607 : 0x0a010501;
	s->dst = in ? 0x0a010501 : 0x0a010607;
	if (below(b, 12) == 0)
		s->src = an_address(b);
	if (below(b, 12) == 0)
		s->dst = an_address(b);
	s->ttl = below(b, 12) == 0 ? (uint8_t)below(b, 3) : 64;
	s->ip_options = below(b, 20) == 0 ? 4 * below(b, 11) : 0;
	s->payload = below(b, 4) ? 500 : below(b, in ? 1400 : 3000);
	len = super_make(p, s);
	s->seq += (uint32_t)s->payload;
	s->id++;
	if (below(b, 30) == 0)
		p[IP_PROTO] = (uint8_t)below(b, 256);
	if (below(b, 30) == 0)
		wire_put16(p + IP_FRAGMENT, below(b, 65536));
	if (below(b, 15) == 0)
		p[below(b, (uint32_t)len)] ^= (uint8_t)below(b, 256);
	if (below(b, 30) == 0)
		len = below(b, (uint32_t)len);
	return len;
}

static void
init_flows(struct bench *b, struct super s[4])
{
	for (unsigned k = 0; k < 4; k++)
		s[k] = (struct super){ .proto =
					   k % 2 ? IP_PROTO_TCP : IP_PROTO_UDP,
			.sport = (uint16_t)(1000 + k),
			.dport = 80,
			.tcp_options = 12,
			.flags = TCP_ACK,
			.window = 500,
			.fragment = below(b, 3) ? IP_DF : 0,
			.id = (uint16_t)below(b, 65536),
			.seq = super_random(&b->chance) };
}

/* ---- Cases --------------------------------------------------------------- */

static void
run_out(struct bench *b, struct side *s)
{
	s->lane->kind->out(s->lane);
	hear_all(&s->out, b->peer);
}

static void
test_what_leaves_is_the_same(void **state)
{
	static uint8_t p[sizeof(struct vnet) + PACKET_MAX];
	struct bench *b = *state;
	struct super s[4];
	size_t carried = 0;

	for (int round = 0; round < ROUNDS; round++) {
		init_flows(b, s);
		for (int i = 0; i < BATCH; i++) {
			size_t head = sizeof(struct vnet);
			size_t len =
			    a_packet(b, &s[below(b, 4)], false, p + head);

			/* 0 bytes are no packet, but an end. */
			len = len == 0 ? 1 : len;
			assert_true(send(b->simple.tun, p + head, len, 0) >= 0);
			assert_true(send(b->fast.tun, p, head + len, 0) >= 0);
		}
		run_out(b, &b->simple);
		run_out(b, &b->fast);
		hear_all(&b->simple.back, b->simple.tun);
		hear_cut(&b->fast.back, b->fast.tun);
		carried += b->simple.out.n;
		check_same(&b->simple.out, &b->fast.out);
		check_same(&b->simple.back, &b->fast.back);
		check_same_counters(b);
	}
	assert_true(carried > ROUNDS * BATCH / 2);
	assert_true(b->fast.lane->counters.n[TX_SEGMENTS] > 0);
	assert_true(b->fast.lane->counters.n[TX_FRAGMENTED] > 0);
	assert_true(b->fast.lane->counters.n[TX_TOO_BIG] > 0);
}

static void
says(const struct bench *b, const struct side *s, const void *p, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	assert_int_equal(
	    sendto(b->peer, p, len, 0, (struct sockaddr *)&to, sizeof(to)),
	    len);
}

/* Errors go to the peer, a packet at the end of its TTL among them. */
static void
run_in(struct bench *b, struct side *s)
{
	s->lane->kind->in(s->lane);
	hear_all(&s->back, b->peer);
}

static void
test_what_arrives_is_the_same(void **state)
{
	static uint8_t p[PACKET_MAX];
	struct bench *b = *state;
	struct super s[4];
	size_t carried = 0;

	for (int round = 0; round < ROUNDS; round++) {
		init_flows(b, s);
		for (int i = 0; i < BATCH; i++) {
			size_t len = a_packet(b, &s[below(b, 4)], true, p);

			says(b, &b->simple, p, len);
			says(b, &b->fast, p, len);
		}
		run_in(b, &b->simple);
		run_in(b, &b->fast);
		hear_all(&b->simple.in, b->simple.tun);
		hear_cut(&b->fast.in, b->fast.tun);
		carried += b->simple.in.n;
		sort(&b->simple.in);
		sort(&b->fast.in);
		check_same(&b->simple.in, &b->fast.in);
		check_same(&b->simple.back, &b->fast.back);
		check_same_counters(b);
	}
	assert_true(carried > ROUNDS * BATCH / 2);
	assert_true(b->fast.lane->counters.n[RX_SUPER] > 0);
	assert_true(b->fast.lane->counters.n[RX_WRONG_SOURCE] > 0);
	assert_true(b->fast.lane->counters.n[RX_TTL_EXCEEDED] > 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_leaves_is_the_same),
		TEST(test_what_arrives_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
