/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "cut.h"
#include "gro.h"
#include "merge.h"
#include "model.h"
#include "super.h"

#define BUFFER (512 * 1024)

struct bench {
	struct merge merge;
	struct model model;
	uint8_t *buf; /* BUFFER bytes */
	size_t used;
};

static const struct super plain = {
	.proto = IP_PROTO_TCP,
	.tcp_options = 12,
	.src = 0x0a010203,
	.dst = 0x0a010304,
	.sport = 1234,
	.dport = 5201,
	.id = 0xfffe,
	.fragment = IP_DF,
	.ttl = 63,
	.seq = 0xffffff00,
	.ack = 77,
	.window = 501,
	.flags = TCP_ACK,
	.payload = 500,
};

static void
start(struct bench *b)
{
	model_fini(&b->model);
	memset(&b->model, 0, sizeof(b->model));
	b->used = 0;
	merge_init(&b->merge, sum_best(), MERGE_TCP | MERGE_UDP);
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -1;
	b->buf = malloc(BUFFER);
	start(b);
	*state = b;
	return b->buf == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	model_fini(&b->model);
	free(b->buf);
	free(b);
	return 0;
}

/* As the path does. */
static void
add(struct bench *b, struct segment *s)
{
	model_in(&b->model, s);
	if (merge_add(&b->merge, s))
		return;
	model_flush(&b->model, &b->merge);
	assert_true(merge_add(&b->merge, s));
}

static uint8_t *
add_bytes(struct bench *b, const uint8_t *data, size_t len)
{
	uint8_t *p = b->buf + b->used;
	struct packet pkt;
	struct segment s;

	assert_true(b->used + len < BUFFER);
	memcpy(p, data, len);
	b->used += len + 1;
	assert_int_equal(packet_parse(&pkt, p, len), 0);
	s = segment_whole(&pkt);
	add(b, &s);
	return p;
}

static uint8_t *
add_super(struct bench *b, const struct super *s)
{
	uint8_t *data = malloc(PACKET_MAX), *p;

	assert_non_null(data);
	p = add_bytes(b, data, super_make(data, s));
	free(data);
	return p;
}

/* How many writes it became. */
static size_t
finish(struct bench *b)
{
	const char *fault;

	model_flush(&b->model, &b->merge);
	fault = model_fault(&b->model);
	if (fault != NULL)
		fail_msg("%s", fault);
	return b->model.writes;
}

static void
next(struct super *s)
{
	s->seq += (uint32_t)s->payload;
	s->id++;
}

/* ---- The crafted cases --------------------------------------------------- */

/*
 * Three packets of a flow, in order but for one change to the second and, if
 * it lasts, the third.
 */
static void
case_nothing(struct super *s)
{
	(void)s;
}

#define CHANGE(name, statement)           \
	static void name(struct super *s) \
	{                                 \
		statement;                \
	}

CHANGE(case_src, s->src++)
CHANGE(case_dst, s->dst++)
CHANGE(case_sport, s->sport++)
CHANGE(case_dport, s->dport++)
CHANGE(case_tos, s->tos = 4)
CHANGE(case_ecn, s->tos = 3)
CHANGE(case_ttl, s->ttl--)
CHANGE(case_df, s->fragment ^= IP_DF)
CHANGE(case_reserved, s->fragment |= 0x8000)
CHANGE(case_more, s->fragment = 0x2000)
CHANGE(case_offset, s->fragment = 185)
CHANGE(case_ip_options, s->ip_options = 4)
CHANGE(case_hole, s->seq++)
CHANGE(case_again, s->seq -= 500)
CHANGE(case_ack, s->ack++)
CHANGE(case_window, s->window++)
CHANGE(case_options, s->tcp_options = 0)
CHANGE(case_id, s->id += 7)
CHANGE(case_same_id, s->id -= 1)
CHANGE(case_longer, s->payload++)
CHANGE(case_shorter, s->payload--)
CHANGE(case_empty, s->payload = 0)
CHANGE(case_psh, s->flags |= TCP_PSH)
CHANGE(case_fin, s->flags |= TCP_FIN)
CHANGE(case_syn, s->flags |= TCP_SYN)
CHANGE(case_rst, s->flags |= TCP_RST)
CHANGE(case_urg, s->flags |= TCP_URG)
CHANGE(case_ece, s->flags |= 0x40)
CHANGE(case_cwr, s->flags |= TCP_CWR)
CHANGE(case_no_ack, s->flags &= (uint8_t)~TCP_ACK)
CHANGE(case_icmp, s->proto = 1)

struct crafted {
	const char *name;
	void (*change)(struct super *);
	size_t once;  /* writes, if only the second is changed */
	size_t first; /* writes, if only the first is */
};

/* Both ways: the change comes, and the change goes. */
static const struct crafted tcp_cases[] = {
	{ "nothing", case_nothing, 1, 1 },
	{ "source", case_src, 2, 2 },
	{ "destination", case_dst, 2, 2 },
	{ "source port", case_sport, 2, 2 },
	{ "destination port", case_dport, 2, 2 },
	{ "TOS", case_tos, 3, 2 },
	{ "ECN", case_ecn, 3, 2 },
	{ "TTL", case_ttl, 3, 2 },
	{ "DF", case_df, 3, 2 },
	{ "reserved bit", case_reserved, 3, 2 },
	{ "more fragments", case_more, 3, 2 },
	{ "fragment offset", case_offset, 3, 2 },
	{ "IP options", case_ip_options, 3, 2 },
	{ "hole", case_hole, 3, 2 },
	{ "sent again", case_again, 3, 2 },
	{ "acknowledgement", case_ack, 3, 2 },
	{ "window", case_window, 3, 2 },
	{ "options", case_options, 3, 2 },
	{ "identification", case_id, 3, 2 },
	{ "same identification", case_same_id, 2, 2 },
	{ "longer", case_longer, 2, 2 },
	{ "shorter", case_shorter, 2, 2 },
	{ "pure ACK", case_empty, 3, 2 },
	{ "PSH", case_psh, 2, 2 },
	{ "FIN", case_fin, 2, 2 },
	{ "SYN", case_syn, 3, 2 },
	{ "RST", case_rst, 3, 2 },
	{ "URG", case_urg, 3, 2 },
	{ "ECE", case_ece, 3, 2 },
	{ "CWR", case_cwr, 3, 2 },
	{ "no ACK", case_no_ack, 3, 2 },
	{ "another protocol", case_icmp, 2, 2 },
};

static const struct crafted udp_cases[] = {
	{ "nothing", case_nothing, 1, 1 },
	{ "source", case_src, 2, 2 },
	{ "destination port", case_dport, 2, 2 },
	{ "TOS", case_tos, 3, 2 },
	{ "TTL", case_ttl, 3, 2 },
	{ "DF", case_df, 3, 2 },
	{ "more fragments", case_more, 3, 2 },
	{ "IP options", case_ip_options, 3, 2 },
	{ "identification", case_id, 3, 2 },
	{ "longer", case_longer, 2, 2 },
	{ "shorter", case_shorter, 2, 2 },
	{ "empty", case_empty, 3, 2 },
};

static bool
is_same_flow(const struct super *a, const struct super *b)
{
	return a->proto == b->proto && a->src == b->src && a->dst == b->dst &&
	       a->sport == b->sport && a->dport == b->dport;
}

static void
check_case(struct bench *b, const struct super *from, const struct crafted *c,
    int changed)
{
	struct super s = *from, t;
	size_t want = changed == 0 ? c->first : c->once, got;

	start(b);
	for (int i = 0; i < 3; i++) {
		t = s;
		if (i == changed)
			c->change(&t);
		add_super(b, &t);
		if (!is_same_flow(&t, &s))
			continue;
		s.seq += (uint32_t)t.payload;
		s.id++;
	}
	got = finish(b);
	if (got != want)
		fail_msg("%s (%d): %zu writes, not %zu", c->name, changed, got,
		    want);
}

static void
test_tcp_cases(void **state)
{
	const size_t n = sizeof(tcp_cases) / sizeof(tcp_cases[0]);

	for (size_t i = 0; i < 2 * n; i++)
		check_case(*state, &plain, &tcp_cases[i / 2], i % 2);
}

static void
test_udp_cases(void **state)
{
	const size_t n = sizeof(udp_cases) / sizeof(udp_cases[0]);
	struct super s = plain;

	s.proto = IP_PROTO_UDP;
	for (size_t i = 0; i < 2 * n; i++)
		check_case(*state, &s, &udp_cases[i / 2], i % 2);
}

/* ---- Checksums ----------------------------------------------------------- */

/* A bit anywhere in the n-th of three: it must come out as it went in, alone.
 */
static void
test_corruption_is_never_laundered(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[2000];
	size_t len;

	s.payload = 61;
	for (size_t bit = 0; bit < 8 * (52 + 61) * 3; bit++) {
		start(b);
		s.seq = plain.seq;
		s.id = plain.id;
		for (size_t i = 0; i < 3; i++) {
			len = super_make(data, &s);
			if (i == bit % 3)
				data[bit / 24] ^= (uint8_t)(1 << bit / 3 % 8);
			next(&s);
			if (wire_get16(data + IP_LEN) != len || data[0] != 0x45)
				continue;
			add_bytes(b, data, len);
		}
		if (b->model.in.n < 3)
			continue;
		assert_true(finish(b) >= 2);
	}
}

static void
test_udp_without_a_checksum(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[2000];
	size_t len;

	s.proto = IP_PROTO_UDP;
	for (int i = 0; i < 3; i++) {
		len = super_make(data, &s);
		wire_put16(data + 20 + UDP_CHECK, 0);
		add_bytes(b, data, len);
		next(&s);
	}
	assert_int_equal(finish(b), 3);
}

static void
test_udp_length_must_agree(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[2000];
	size_t len;

	s.proto = IP_PROTO_UDP;
	for (int i = 0; i < 3; i++) {
		len = super_make(data, &s) - 1;
		wire_put16(data + IP_LEN, (unsigned)len);
		wire_put16(data + IP_CHECK, 0);
		wire_put16(data + IP_CHECK, ~super_sum(data, 20, 0));
		add_bytes(b, data, len);
		next(&s);
	}
	assert_int_equal(finish(b), 3);
}

/* Its sum is right with 0 in the field, which says that there is none. */
static void
test_udp_without_a_checksum_that_would_be_right(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[2000];
	size_t len;

	s.proto = IP_PROTO_UDP;
	for (int i = 0; i < 3; i++) {
		len = super_make(data, &s);
		wire_put16(data + len - 2, 0);
		super_fix(data, len);
		memcpy(data + len - 2, data + 20 + UDP_CHECK, 2);
		wire_put16(data + 20 + UDP_CHECK, 0);
		add_bytes(b, data, len);
		next(&s);
	}
	assert_int_equal(finish(b), 3);
}

/* ---- More than one thing ------------------------------------------------- */

static void
test_only_what_the_tun_can_take(void **state)
{
	static const struct {
		unsigned can;
		uint8_t proto;
		size_t writes;
	} cases[] = {
		{ 0, IP_PROTO_TCP, 3 },
		{ 0, IP_PROTO_UDP, 3 },
		{ MERGE_TCP, IP_PROTO_TCP, 1 },
		{ MERGE_TCP, IP_PROTO_UDP, 3 },
		{ MERGE_UDP, IP_PROTO_TCP, 3 },
		{ MERGE_UDP, IP_PROTO_UDP, 1 },
	};
	struct bench *b = *state;
	struct super s = plain;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(b);
		merge_init(&b->merge, sum_best(), cases[i].can);
		s.proto = cases[i].proto;
		for (int k = 0; k < 3; k++, next(&s))
			add_super(b, &s);
		assert_int_equal(finish(b), cases[i].writes);
	}
}

/* All of a flow have the same flags. */
static void
test_flags_that_all_have(void **state)
{
	static const struct {
		uint8_t flags;
		size_t writes;
	} cases[] = {
		{ TCP_ACK, 1 },
		{ TCP_ACK | 0x40, 1 }, /* ECE */
		{ TCP_ACK | TCP_CWR, 3 },
		{ TCP_ACK | TCP_SYN, 3 },
		{ TCP_ACK | TCP_RST, 3 },
		{ TCP_ACK | TCP_URG, 3 },
		{ TCP_ACK | TCP_PSH, 3 },
		{ TCP_ACK | TCP_FIN, 3 },
		{ 0, 3 },
	};
	struct bench *b = *state;
	struct super s = plain;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(b);
		s.flags = cases[i].flags;
		for (int k = 0; k < 3; k++, next(&s))
			add_super(b, &s);
		if (finish(b) != cases[i].writes)
			fail_msg("flags %x", cases[i].flags);
	}
}

/* With DF they may stay or count; but not one and then the other. */
static void
test_identifications(void **state)
{
	static const struct {
		uint16_t fragment;
		uint16_t id[4];
		size_t writes;
	} cases[] = {
		{ IP_DF, { 5, 6, 7, 8 }, 1 },
		{ IP_DF, { 5, 5, 5, 5 }, 1 },
		{ IP_DF, { 0, 0, 0, 0 }, 1 },
		{ IP_DF, { 5, 6, 6, 7 }, 2 },
		{ IP_DF, { 5, 5, 6, 7 }, 2 },
		{ IP_DF, { 65534, 65535, 0, 1 }, 1 },
		{ IP_DF, { 9, 7, 5, 3 }, 4 },
		{ 0, { 5, 6, 7, 8 }, 1 },
		{ 0, { 5, 5, 5, 5 }, 4 },
		{ 0, { 65534, 65535, 0, 1 }, 1 },
		{ 0, { 5, 7, 8, 9 }, 2 },
	};
	struct bench *b = *state;
	struct super s = plain;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(b);
		s.fragment = cases[i].fragment;
		for (int k = 0; k < 4; k++, next(&s)) {
			s.id = cases[i].id[k];
			add_super(b, &s);
		}
		if (finish(b) != cases[i].writes)
			fail_msg("case %zu: %zu", i, b->model.writes);
	}
}

static void
test_options_are_compared(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[2000];
	size_t len;

	for (int i = 0; i < 2; i++, next(&s)) {
		len = super_make(data, &s);
		data[20 + 31] = (uint8_t)i; /* a timestamp's last byte */
		super_fix(data, len);
		add_bytes(b, data, len);
	}
	assert_int_equal(finish(b), 2);
}

static void
test_odd_lengths(void **state)
{
	struct bench *b = *state;
	struct super s = plain;

	for (s.payload = 1; s.payload < 40; s.payload++) {
		start(b);
		for (int i = 0; i < 5; i++, next(&s))
			add_super(b, &s);
		assert_int_equal(finish(b), 1);
	}
}

static void
test_no_more_than_a_packet_holds(void **state)
{
	struct bench *b = *state;
	struct super s = plain;

	s.payload = 1396;
	for (int i = 0; i < 100; i++, next(&s))
		add_super(b, &s);
	assert_int_equal(finish(b), 3); /* 46 each */
	start(b);
	s.payload = 10;
	for (int i = 0; i < 130; i++, next(&s))
		add_super(b, &s);
	assert_int_equal(finish(b), 3); /* 64 each */
}

static void
test_trailing_bytes_are_cut_off(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[2000];
	struct packet pkt;

	for (int i = 0; i < 3; i++, next(&s)) {
		size_t len = super_make(data, &s);

		memset(data + len, 0x99, 20);
		add_bytes(b, data, len + 20);
		assert_int_equal(packet_parse(&pkt, data, len - 1), -EBADMSG);
	}
	assert_int_equal(finish(b), 1);
	assert_int_equal(b->model.out.p[0].len, 552);
}

static void
test_flows_interleaved(void **state)
{
	struct bench *b = *state;
	struct super s[20];

	for (int flows = 1; flows <= 20; flows++) {
		start(b);
		for (int i = 0; i < flows; i++) {
			s[i] = plain;
			s[i].sport = (uint16_t)(1000 + i);
			s[i].proto = i % 3 ? IP_PROTO_TCP : IP_PROTO_UDP;
		}
		for (int i = 0; i < 5 * flows; i++) {
			add_super(b, &s[i % flows]);
			next(&s[i % flows]);
		}
		if (flows <= MERGE_FLOWS)
			assert_int_equal(finish(b), flows);
		else
			assert_true(finish(b) > (size_t)flows);
	}
}

/* An acknowledgement of the other direction's flow closes only its own. */
static void
test_a_raw_packet_closes_its_flow_alone(void **state)
{
	struct bench *b = *state;
	struct super s = plain, ack = plain, piece = plain;

	ack.payload = 0;
	ack.sport++;
	for (int i = 0; i < 4; i++, next(&s)) {
		add_super(b, &s);
		add_super(b, &ack);
	}
	assert_int_equal(finish(b), 5);
	start(b);
	piece.fragment = 20; /* of whichever flow */
	for (int i = 0; i < 4; i++, next(&s)) {
		add_super(b, &s);
		if (i == 1)
			add_super(b, &piece);
	}
	assert_int_equal(finish(b), 3);
}

static void
test_full_is_told_and_nothing_is_lost(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	struct packet pkt;
	struct segment seg;
	size_t n = 0;

	s.payload = 0;
	assert_int_equal(packet_parse(&pkt, b->buf, super_make(b->buf, &s)), 0);
	seg = segment_whole(&pkt);
	while (merge_add(&b->merge, &seg))
		n++;
	assert_int_equal(n, MERGE_WRITES);
	assert_false(merge_add(&b->merge, &seg));
	merge_finish(&b->merge);
	merge_reset(&b->merge);
	assert_true(merge_add(&b->merge, &seg));
}

/* ---- Buffers of UDP_GRO -------------------------------------------------- */

struct landing {
	struct gro gro;
	struct gro_guess guess;
	struct iovec iov[GRO_IOV];
};

static void
land_init(struct landing *l)
{
	memset(l, 0, sizeof(*l));
	l->gro.buf = malloc(GRO_ROOM);
	l->gro.heads = malloc(GRO_SLOTS * GRO_SLOT);
	assert_non_null(l->gro.buf);
	assert_non_null(l->gro.heads);
}

static void
land_fini(struct landing *l)
{
	free(l->gro.buf);
	free(l->gro.heads);
}

/* As recvmsg would, and all of it into the merge. */
static void
land(struct bench *b, struct landing *l, const uint8_t *data, size_t len,
    size_t stride)
{
	size_t n = gro_aim(&l->gro, &l->guess, l->iov), sum = 0;
	struct segment s;

	assert_true(n <= GRO_IOV);
	for (size_t i = 0; i < n; i++)
		sum += l->iov[i].iov_len;
	assert_int_equal(sum, GRO_ROOM);
	memset(l->gro.buf, 0xee, GRO_ROOM);
	super_scatter(l->iov, n, data, len);
	gro_land(&l->gro, len, stride);
	for (size_t i = 0; i < gro_count(&l->gro); i++)
		if (gro_get(&l->gro, i, &s) == 0)
			add(b, &s);
	gro_learn(&l->guess, &l->gro);
}

/* Packets made of `s`, one behind the other. */
static size_t
train(uint8_t *out, struct super *s, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++, next(s))
		len += super_make(out + len, s);
	return len;
}

static void
test_a_right_guess_is_two_iovecs(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	struct landing l;
	uint8_t *data = malloc(GRO_ROOM);
	struct iovec iov[MERGE_IOV];
	size_t len;

	assert_non_null(data);
	land_init(&l);
	s.payload = 1396;
	for (int i = 0; i < 3; i++) {
		start(b);
		len = train(data, &s, 40);
		land(b, &l, data, len, 1448);
		assert_int_equal(l.gro.apart, i > 0);
		assert_int_equal(b->merge.n_writes, 1);
		assert_int_equal(merge_iov(&b->merge, 0, iov), i > 0 ? 2 : 41);
		assert_int_equal(finish(b), 1);
	}
	assert_int_equal(l.guess.head, 52);
	assert_int_equal(l.guess.size, 1396);
	land_fini(&l);
	free(data);
}

/* Every shape after every other, the size told by the kernel or not. */
static void
test_wrong_guesses_of_buffers(void **state)
{
	static const struct {
		size_t payload, options;
		unsigned ip_options;
		uint8_t proto;
		size_t packets;
	} shapes[] = {
		{ 1396, 12, 0, IP_PROTO_TCP, 40 },
		{ 1408, 0, 0, IP_PROTO_TCP, 40 },  /* the same stride */
		{ 1384, 24, 0, IP_PROTO_TCP, 30 }, /* and again */
		{ 1420, 0, 0, IP_PROTO_UDP, 20 },
		{ 1368, 0, 60 - 20, IP_PROTO_TCP, 7 },
		{ 1328, 40, 60 - 20, IP_PROTO_TCP, 7 },
		{ 8908, 12, 0, IP_PROTO_TCP, 7 },
		{ 8908, 12, 0, IP_PROTO_TCP, 1 },
		{ 40, 12, 0, IP_PROTO_TCP, 60 },
		{ 0, 12, 0, IP_PROTO_TCP, 50 },
		{ 0, 12, 0, IP_PROTO_TCP, 1 },
		{ 1500, 0, 0, 1, 3 },
		{ 60000, 0, 0, IP_PROTO_TCP, 1 },
	};
	const size_t n = sizeof(shapes) / sizeof(shapes[0]);
	struct bench *b = *state;
	struct super s = plain;
	struct landing l;
	uint8_t *data = malloc(GRO_ROOM);
	size_t len, k, stride;

	assert_non_null(data);
	land_init(&l);
	for (size_t i = 0; i < n * n * 2; i++) {
		start(b);
		for (int turn = 0; turn < 2; turn++) {
			k = turn == 0 ? i / 2 / n : i / 2 % n;
			s.payload = shapes[k].payload;
			s.tcp_options = (unsigned)shapes[k].options;
			s.ip_options = shapes[k].ip_options;
			s.proto = shapes[k].proto;
			stride = super_headers(&s) + s.payload;
			len = train(data, &s, shapes[k].packets);
			len -= i % 2 && s.proto == 1 ? 100 : 0;
			land(b, &l, data, len, len > stride ? stride : 0);
			model_flush(&b->model, &b->merge);
		}
		finish(b);
	}
	land_fini(&l);
	free(data);
}

/* Headers that are longer than was guessed are whole, for the errors too. */
static void
test_headers_are_in_the_first_place(void **state)
{
	struct super s = plain;
	struct landing l;
	struct segment seg;
	uint8_t *data = malloc(GRO_ROOM);
	size_t n, len;

	(void)state;
	assert_non_null(data);
	land_init(&l);
	l.guess = (struct gro_guess){ .head = 28, .size = 1400 };
	s.ip_options = 40;
	s.tcp_options = 40;
	s.payload = 1428 - 120;
	len = train(data, &s, 3);
	n = gro_aim(&l.gro, &l.guess, l.iov);
	super_scatter(l.iov, n, data, len);
	gro_land(&l.gro, len, 1428);
	assert_true(l.gro.apart);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(gro_get(&l.gro, i % 3, &seg), 0);
		assert_int_equal(seg.pkt.len, 1428);
		assert_true(seg.head >= 120);
		assert_memory_equal(
		    seg.pkt.data, data + i % 3 * 1428, seg.head);
		if (seg.head < seg.pkt.len)
			assert_memory_equal(seg.body,
			    data + i % 3 * 1428 + seg.head, 1428 - seg.head);
	}
	land_fini(&l);
	free(data);
}

/* Wherever a packet is divided between its two places. */
static void
test_any_two_places(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t data[200], *p;
	struct segment seg;
	size_t len;

	s.payload = 41;
	for (size_t head = 52; head <= 93; head++) {
		start(b);
		for (int i = 0; i < 3; i++, next(&s)) {
			len = super_make(data, &s);
			p = b->buf + b->used;
			b->used += 2 * len;
			memcpy(p, data, head);
			memcpy(p + len, data + head, len - head);
			assert_int_equal(packet_parse(&seg.pkt, p, len), 0);
			seg.head = head;
			seg.body = p + len;
			add(b, &seg);
		}
		assert_int_equal(finish(b), 1);
	}
}

static void
test_empty_and_broken_datagrams(void **state)
{
	struct bench *b = *state;
	struct landing l;
	struct segment s;
	uint8_t junk[100] = { 0x45 };

	land_init(&l);
	gro_aim(&l.gro, &l.guess, l.iov);
	gro_land(&l.gro, 0, 0);
	assert_int_equal(gro_count(&l.gro), 1);
	assert_int_equal(gro_get(&l.gro, 0, &s), -EBADMSG);
	land(b, &l, junk, 100, 30);
	assert_int_equal(gro_count(&l.gro), 4);
	assert_int_equal(b->model.in.n, 0);
	assert_int_equal(finish(b), 0);
	land_fini(&l);
}

/* ---- There and back ------------------------------------------------------ */

/* Cut by the one end, merged by the other: the same packet again. */
static void
test_what_is_cut_is_merged_again(void **state)
{
	struct bench *b = *state;
	struct cut cut = { .sum = sum_best() };
	struct super s = plain;
	struct landing l;
	struct iovec iov[MERGE_IOV];
	uint64_t chance = 5;
	uint8_t *data = malloc(PACKET_MAX), *at = malloc(CUT_SPAN);
	uint8_t *out = malloc(PACKET_MAX + 11);
	struct run run;
	size_t len, n, size;

	assert_non_null(data);
	assert_non_null(at);
	assert_non_null(out);
	land_init(&l);
	for (int i = 0; i < 1000; i++) {
		start(b);
		size = i % 3 == 0 ? super_below(&chance, 7000) + 1000 : 1396;
		s.payload = super_below(&chance, (uint32_t)size * 40) + 2;
		if (s.payload <= size)
			size = s.payload - 1;
		if (s.payload > 60000)
			s.payload = 60000;
		if ((s.payload + size - 1) / size > MERGE_PACKETS)
			continue;
		s.tcp_options = super_below(&chance, 11) * 4;
		s.proto = i % 4 ? IP_PROTO_TCP : IP_PROTO_UDP;
		s.flags = i % 5 ? TCP_ACK : TCP_ACK | TCP_PSH | TCP_FIN;
		len = super_make(data, &s);
		cut.vnet = super_vnet(data, len, size);
		n = cut_aim(&cut, at, CUT_SPAN, iov);
		super_scatter(iov + 1, n - 1, data, len);
		assert_int_equal(cut_take(&cut, len + sizeof(cut.vnet)), 0);
		assert_int_equal(cut_spread(&cut, &run), 0);
		if (run_bytes(&run) > GRO_ROOM)
			continue;
		land(b, &l, at, run_bytes(&run), run.size);
		merge_finish(&b->merge);
		assert_int_equal(b->merge.n_writes, 1);
		n = merge_iov(&b->merge, 0, iov);
		assert_int_equal(super_gather(iov, n, out), len + 10);
		/* The kernel's had an IP checksum, and so has ours. */
		assert_memory_equal(out + 10, data, len);
		assert_int_equal(finish(b), 1);
	}
	land_fini(&l);
	free(out);
	free(at);
	free(data);
}

/* Streams, mixed, each packet mutated now and then, sometimes put right. */
static void
test_anything_by_chance(void **state)
{
	struct bench *b = *state;
	struct super s[6];
	uint8_t data[3000];
	uint64_t chance = 9;
	size_t len, merged = 0;
	struct packet pkt;
	uint32_t k;

	for (int round = 0; round < 1500; round++) {
		start(b);
		for (k = 0; k < 6; k++) {
			s[k] = plain;
			s[k].sport = (uint16_t)(k / 2);
			s[k].proto = k % 2 ? IP_PROTO_TCP : IP_PROTO_UDP;
			s[k].payload = super_below(&chance, 300);
			s[k].fragment = super_below(&chance, 2) ? IP_DF : 0;
		}
		for (int i = 0; i < 80; i++) {
			k = super_below(&chance, 6);
			len = super_make(data, &s[k]);
			next(&s[k]);
			if (super_below(&chance, 6) == 0) {
				data[super_below(&chance, (uint32_t)len)] ^=
				    (uint8_t)super_random(&chance);
				if (super_below(&chance, 2) &&
				    packet_parse(&pkt, data, len) == 0)
					super_fix(data, len);
			}
			if (packet_parse(&pkt, data, len) == 0)
				add_bytes(b, data, len);
		}
		finish(b);
		merged += b->model.merged;
	}
	assert_true(merged > 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_tcp_cases),
		TEST(test_udp_cases),
		TEST(test_corruption_is_never_laundered),
		TEST(test_udp_without_a_checksum),
		TEST(test_udp_without_a_checksum_that_would_be_right),
		TEST(test_udp_length_must_agree),
		TEST(test_only_what_the_tun_can_take),
		TEST(test_flags_that_all_have),
		TEST(test_identifications),
		TEST(test_options_are_compared),
		TEST(test_odd_lengths),
		TEST(test_no_more_than_a_packet_holds),
		TEST(test_trailing_bytes_are_cut_off),
		TEST(test_flows_interleaved),
		TEST(test_a_raw_packet_closes_its_flow_alone),
		TEST(test_full_is_told_and_nothing_is_lost),
		TEST(test_a_right_guess_is_two_iovecs),
		TEST(test_wrong_guesses_of_buffers),
		TEST(test_headers_are_in_the_first_place),
		TEST(test_any_two_places),
		TEST(test_empty_and_broken_datagrams),
		TEST(test_what_is_cut_is_merged_again),
		TEST(test_anything_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
