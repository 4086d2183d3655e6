/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "cut.h"
#include "super.h"

/* Enough for 1 byte of payload in each packet. */
#define ROOM (9 * 1024 * 1024)

struct bench {
	struct cut cut;
	uint8_t *at; /* ROOM bytes */
	uint8_t in[PACKET_MAX + 1];
	size_t len;
	struct vnet vnet;
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
	.ttl = 64,
	.seq = 0xfffffff0,
	.ack = 77,
	.window = 501,
	.flags = TCP_ACK,
	.payload = 5000,
};

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -1;
	b->at = malloc(ROOM);
	b->cut.sum = sum_best();
	*state = b;
	return b->at == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	free(b->at);
	free(b);
	return 0;
}

static void
make(struct bench *b, const struct super *s, size_t gso_size)
{
	b->len = super_make(b->in, s);
	b->vnet = super_vnet(b->in, b->len, gso_size);
}

/* As readv would. */
static int
take(struct bench *b, size_t room)
{
	struct iovec iov[CUT_IOV];
	size_t n = cut_aim(&b->cut, b->at, room, iov), got = sizeof(b->vnet);

	assert_true(n <= CUT_IOV);
	memset(b->at, 0xee, CUT_SPAN);
	b->cut.vnet = b->vnet;
	for (size_t i = 1; i < n; i++)
		assert_true((uint8_t *)iov[i].iov_base + iov[i].iov_len <=
			    b->at + CUT_SPAN);
	got += super_scatter(iov + 1, n - 1, b->in, b->len);
	return cut_take(&b->cut, got);
}

static void
check_run(const struct bench *b, const struct run *run, size_t gso_size)
{
	uint8_t *want = malloc(PACKET_MAX + 1);
	struct run rest = *run, one;
	size_t len;

	assert_non_null(want);
	for (size_t i = 0; rest.count > 0; i++) {
		one = run_take(&rest, 1);
		len = super_cut(b->in, b->len, gso_size, i, want);
		assert_int_equal(run_bytes(&one), len);
		assert_memory_equal(one.data, want, len);
	}
	assert_int_equal(
	    super_cut(b->in, b->len, gso_size, run->count, want), 0);
	free(want);
}

static void
check_copies(const struct bench *b, size_t gso_size)
{
	uint8_t *want = malloc(PACKET_MAX + 1);
	uint8_t *got = malloc(cut_longest(&b->cut));
	size_t len;

	assert_non_null(want);
	assert_non_null(got);
	for (unsigned i = 0; i < b->cut.count; i++) {
		len = super_cut(b->in, b->len, gso_size, i, want);
		assert_int_equal(cut_copy(&b->cut, i, got), len);
		assert_memory_equal(got, want, len);
	}
	free(got);
	free(want);
}

/* All the way, and compared with the slow way. */
static void
check_cut(struct bench *b, const struct super *s, size_t gso_size)
{
	struct run run;

	make(b, s, gso_size);
	assert_int_equal(take(b, ROOM), 0);
	check_copies(b, gso_size);
	assert_int_equal(cut_spread(&b->cut, &run), 0);
	check_run(b, &run, gso_size);
}

static void
test_tcp_is_cut(void **state)
{
	struct bench *b = *state;
	struct super s = plain;

	check_cut(b, &s, 1396);
	assert_int_equal(b->cut.count, 4);
	s.payload = 4 * 1396;
	s.flags = TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR;
	check_cut(b, &s, 1396);
	assert_int_equal(b->cut.count, 4);
	assert_int_equal(b->at[20 + TCP_FLAGS], TCP_ACK | TCP_CWR);
	assert_int_equal(
	    b->at[3 * 1448 + 20 + TCP_FLAGS], TCP_ACK | TCP_PSH | TCP_FIN);
}

static void
test_udp_is_cut(void **state)
{
	struct bench *b = *state;
	struct super s = plain;

	s.proto = IP_PROTO_UDP;
	s.payload = 3000;
	check_cut(b, &s, 1400);
	assert_int_equal(b->cut.count, 3);
}

/* A checksum of 0 would mean that there is none. */
static void
test_udp_checksum_is_never_zero(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	struct run run;
	int zeros = 0;

	s.proto = IP_PROTO_UDP;
	s.payload = 10;
	for (unsigned port = 0; port < 65536; port++) {
		s.sport = (uint16_t)port;
		make(b, &s, 0);
		memset(b->at, 0, 64);
		b->cut.vnet = b->vnet;
		b->cut.guess.size = 0;
		assert_int_equal(take(b, ROOM), 0);
		assert_int_equal(cut_spread(&b->cut, &run), 0);
		assert_int_not_equal(wire_get16(b->at + 26), 0);
		zeros += wire_get16(b->at + 26) == 0xffff;
	}
	assert_int_equal(zeros, 1);
}

static void
test_a_single_packet_gets_its_checksum(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint8_t want[2000];
	struct run run;

	s.payload = 101;
	super_make(want, &s);
	make(b, &s, 0);
	assert_int_equal(take(b, ROOM), 0);
	assert_int_equal(cut_spread(&b->cut, &run), 0);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.last, b->len);
	assert_memory_equal(b->at, want, b->len);
	b->vnet = (struct vnet){ 0 };
	assert_int_equal(take(b, ROOM), 0);
	assert_int_equal(cut_spread(&b->cut, &run), 0);
	assert_memory_equal(b->at, b->in, b->len);
}

/* Bytes behind the packet are not its; hdr_len may say what it likes. */
static void
test_trailing_bytes_are_left_behind(void **state)
{
	struct bench *b = *state;
	struct run run;

	for (int i = 0; i < 2; i++) {
		make(b, &plain, 1396);
		b->vnet.hdr_len = (uint16_t)(i == 0 ? 0 : 65535);
		b->len += 1500;
		assert_int_equal(take(b, ROOM), 0);
		b->len -= 1500;
		assert_int_equal(cut_spread(&b->cut, &run), 0);
		check_run(b, &run, 1396);
	}
}

/* What the path does to the one header is in all of them. */
static void
test_ages_once_for_all(void **state)
{
	struct bench *b = *state;
	struct run run;

	make(b, &plain, 1396);
	assert_int_equal(take(b, ROOM), 0);
	assert_int_equal(packet_dst(&b->cut.pkt), plain.dst);
	assert_int_equal(b->cut.pkt.len, b->len);
	assert_true(packet_age(&b->cut.pkt));
	assert_int_equal(cut_spread(&b->cut, &run), 0);
	b->in[IP_TTL]--;
	check_run(b, &run, 1396);
}

/* ---- The guess ----------------------------------------------------------- */

/* Right, it moves nothing: the payload lies where readv put it. */
static void
test_a_right_guess_moves_nothing(void **state)
{
	struct bench *b = *state;
	struct iovec iov[CUT_IOV];

	check_cut(b, &plain, 1396);
	assert_int_equal(b->cut.guess.head, 52);
	assert_int_equal(b->cut.guess.size, 1396);
	assert_true(cut_aim(&b->cut, b->at, ROOM, iov) > 40);
	assert_int_equal(iov[1].iov_len, 1448);
	assert_ptr_equal(iov[2].iov_base, b->at + 1448 + 52);
	assert_int_equal(iov[2].iov_len, 1396);
	make(b, &plain, 1396);
	assert_int_equal(take(b, ROOM), 0);
	assert_int_equal(b->cut.step, 1448);
	assert_memory_equal(b->at + 1448 + 52, b->in + 1448, 1396);
	check_cut(b, &plain, 1396);
}

static void
test_every_guess_has_room_for_all(void **state)
{
	struct bench *b = *state;
	struct iovec iov[CUT_IOV];
	size_t n, sum;

	for (unsigned size = 1; size < 65536; size += 1 + size / 50) {
		b->cut.guess.size = 0;
		check_cut(b, &plain, size);
		n = cut_aim(&b->cut, b->at, ROOM, iov);
		sum = 0;
		for (size_t i = 1; i < n; i++)
			sum += iov[i].iov_len;
		assert_int_equal(sum, PACKET_MAX);
	}
}

/* Every shape after every other. */
static void
test_wrong_guesses(void **state)
{
	static const size_t sizes[] = { 0, 1396, 1448, 8948, 1024, 100, 40,
		30000, 60000 };
	static const size_t payloads[] = { 0, 1, 1396, 1397, 1449, 4000, 9000,
		65000 };
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);
	struct bench *b = *state;
	struct super s = plain, first = plain;

	first.payload = 65000;
	for (size_t i = 0; i < n * n * 8; i++) {
		check_cut(b, &first, sizes[i / 8 / n] + 1);
		s.payload = payloads[i % 8];
		s.tcp_options = i % 3 * 12;
		s.ip_options = i % 5 == 0 ? 40 : 0;
		s.proto = i % 7 == 0 ? IP_PROTO_UDP : IP_PROTO_TCP;
		check_cut(b, &s, sizes[i / 8 % n] + 1);
	}
}

static void
test_anything_by_chance(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	uint64_t chance = 1;
	const struct sum_way *way;
	size_t size;

	for (size_t i = 0; i < 3000; i++) {
		way = sum_way(super_below(&chance, 3));
		b->cut.sum = way == NULL ? sum_best() : way;
		s.proto = super_below(&chance, 4) ? IP_PROTO_TCP : IP_PROTO_UDP;
		s.ip_options =
		    super_below(&chance, 4) ? 0 : super_below(&chance, 11) * 4;
		s.tcp_options = super_below(&chance, 11) * 4;
		s.id = (uint16_t)super_random(&chance);
		s.seq = super_random(&chance);
		s.flags = (uint8_t)super_random(&chance);
		s.payload = super_below(&chance, i % 2 ? 3000 : 65000) + 1;
		size = super_below(&chance, i % 3 ? 1500 : 20000) + 1;
		check_cut(b, &s, i % 5 ? size : 1396);
	}
}

static void
test_without_room_one_by_one(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	struct run run;

	s.payload = 60000;
	make(b, &s, 1);
	assert_int_equal(take(b, CUT_SPAN), 0);
	assert_int_equal(cut_spread(&b->cut, &run), -ENOSPC);
	assert_int_equal(b->cut.count, 60000);
	make(b, &s, 50);
	assert_int_equal(take(b, CUT_SPAN), 0);
	assert_int_equal(cut_spread(&b->cut, &run), -ENOSPC);
	check_copies(b, 50);
	make(b, &s, 1396);
	assert_int_equal(take(b, CUT_SPAN), 0);
	assert_int_equal(cut_spread(&b->cut, &run), 0);
	check_run(b, &run, 1396);
}

/* ---- What must not be believed ------------------------------------------ */

static void
test_lies(void **state)
{
	static const struct {
		struct vnet vnet;
		int rc;
	} lies[] = {
		{ { 1, 0, 0, 0, 20, 16 }, 0 },
		{ { 1, 0, 0, 0, 19, 16 }, -EBADMSG }, /* in the IP header */
		{ { 1, 0, 0, 0, 20, 17 }, -EBADMSG }, /* odd */
		{ { 1, 0, 0, 0, 9000, 16 }, -EBADMSG },
		{ { 1, 0, 0, 0, 65535, 65534 }, -EBADMSG },
		{ { 1, 0, 0, 0, 5036, 16 }, -EBADMSG }, /* just behind */
		{ { 1, 0, 0, 0, 5034, 16 }, 0 },
		{ { 1, 1, 0, 0, 20, 16 }, -EBADMSG }, /* no size */
		{ { 1, 1, 0, 1396, 20, 6 }, -EBADMSG },
		{ { 1, 1, 0, 1396, 24, 16 }, -EBADMSG },
		{ { 0, 1, 0, 1396, 20, 16 }, -EBADMSG }, /* nobody vouches */
		{ { 2, 1, 0, 1396, 0, 0 }, 0 },
		{ { 1, 1, 0, 1396, 20, 16 }, 0 },
		{ { 1, 0x81, 0, 1396, 20, 16 }, 0 },
		{ { 1, 5, 0, 1396, 20, 6 }, -EBADMSG }, /* it is TCP */
		{ { 1, 3, 0, 1396, 20, 16 }, -EOPNOTSUPP },
		{ { 1, 4, 0, 1396, 20, 16 }, -EOPNOTSUPP },
		{ { 1, 2, 0, 1396, 20, 16 }, -EOPNOTSUPP },
		{ { 1, 0x80, 0, 1396, 20, 16 }, -EOPNOTSUPP },
		{ { 1, 0x85, 0, 1396, 20, 6 }, -EOPNOTSUPP },
		{ { 1, 255, 0, 1396, 20, 6 }, -EOPNOTSUPP },
	};
	struct bench *b = *state;

	make(b, &plain, 1396);
	assert_int_equal(b->len, 5052);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		b->vnet = lies[i].vnet;
		if (take(b, ROOM) != lies[i].rc)
			fail_msg("lie %zu", i);
	}
}

/* A byte of the packet against its virtio header. */
static void
test_broken_packets(void **state)
{
	static const struct {
		unsigned at;
		uint8_t byte;
		int rc;
	} broken[] = {
		{ 0, 0x65, -EPROTONOSUPPORT },
		{ 0, 0x44, -EBADMSG },
		{ 0, 0x46, -EBADMSG }, /* the TCP header is elsewhere */
		{ IP_LEN, 0xff, -EBADMSG },
		{ IP_LEN, 0, -EBADMSG }, /* 188 bytes, all headers */
		{ IP_FRAGMENT, 0x20, -EBADMSG },
		{ IP_FRAGMENT + 1, 1, -EBADMSG },
		{ IP_PROTO, 17, -EBADMSG },
		{ IP_PROTO, 1, -EBADMSG },
		{ 20 + TCP_OFFSET, 0x40, -EBADMSG },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		make(b, &plain, 1396);
		b->in[broken[i].at] = broken[i].byte;
		if (broken[i].at == IP_LEN && broken[i].byte == 0)
			b->in[IP_LEN + 1] = 51;
		if (take(b, ROOM) != broken[i].rc)
			fail_msg("broken %zu", i);
	}
}

static void
test_short_reads(void **state)
{
	struct bench *b = *state;

	make(b, &plain, 1396);
	assert_int_equal(take(b, ROOM), 0);
	for (size_t n = 0; n <= sizeof(struct vnet); n++)
		assert_int_equal(cut_take(&b->cut, n), -EBADMSG);
	for (b->len = 1; b->len < 5052; b->len++)
		assert_int_equal(take(b, ROOM), -EBADMSG);
}

/* ---- Runs ---------------------------------------------------------------- */

static void
test_runs_join_and_are_sliced(void **state)
{
	uint8_t buf[64];
	struct run a = { buf, 4, 3, 4 }, b = { buf + 12, 4, 2, 3 }, s;

	(void)state;
	assert_true(run_join(&a, &b));
	assert_int_equal(a.count, 5);
	assert_int_equal(run_bytes(&a), 19);
	b = (struct run){ buf + 19, 4, 1, 4 };
	assert_false(run_join(&a, &b)); /* the last was short */
	s = run_take(&a, 2);
	assert_int_equal(run_bytes(&s), 8);
	assert_ptr_equal(s.data, buf);
	s = run_take(&a, 2);
	assert_int_equal(run_bytes(&s), 8);
	assert_ptr_equal(s.data, buf + 8);
	s = run_take(&a, 2);
	assert_int_equal(s.count, 1);
	assert_int_equal(run_bytes(&s), 3);
	assert_int_equal(a.count, 0);
	assert_int_equal(run_bytes(&a), 0);
}

static void
test_runs_that_do_not_join(void **state)
{
	uint8_t buf[64];
	struct run a = { buf, 4, 3, 4 }, one = { buf + 12, 3, 1, 3 };
	const struct run no[] = {
		{ buf + 13, 4, 1, 4 }, /* elsewhere */
		{ buf + 12, 5, 1, 5 }, /* longer */
		{ buf + 12, 3, 2, 3 }, /* shorter, and more than one */
		{ buf + 12, 4, 0, 4 }, /* none */
	};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_false(run_join(&a, &no[i]));
	assert_true(run_join(&a, &one));
	assert_int_equal(a.last, 3);
	a = (struct run){ .data = buf };
	one.data = buf;
	assert_false(run_join(&a, &one));
}

static void
test_how_many_fit(void **state)
{
	(void)state;
	assert_int_equal(run_most(1472), 44);
	assert_int_equal(run_most(8972), 7);
	assert_int_equal(run_most(64), 64);
	assert_int_equal(run_most(0), 64);
	assert_int_equal(run_most(65507), 1);
	assert_int_equal(run_most(65535), 1);
}

/* Three super-packets of 45 packets are slices of 44, not 3 * (44 + 1). */
static void
test_slices_across_super_packets(void **state)
{
	struct bench *b = *state;
	struct super s = plain;
	struct run all, one;
	uint8_t *at = b->at;

	s.payload = 45 * 1420;
	for (int i = 0; i < 3; i++) {
		make(b, &s, 1420);
		assert_int_equal(take(b, ROOM), 0);
		assert_int_equal(cut_spread(&b->cut, &one), 0);
		b->at += run_bytes(&one);
		if (i == 0)
			all = one;
		else
			assert_true(run_join(&all, &one));
	}
	b->at = at;
	assert_int_equal(all.count, 135);
	for (unsigned left = 135; left > 0; left -= one.count) {
		one = run_take(&all, run_most(all.size));
		assert_int_equal(one.count, left < 44 ? left : 44);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_tcp_is_cut),
		TEST(test_udp_is_cut),
		TEST(test_udp_checksum_is_never_zero),
		TEST(test_a_single_packet_gets_its_checksum),
		TEST(test_trailing_bytes_are_left_behind),
		TEST(test_ages_once_for_all),
		TEST(test_a_right_guess_moves_nothing),
		TEST(test_every_guess_has_room_for_all),
		TEST(test_wrong_guesses),
		TEST(test_anything_by_chance),
		TEST(test_without_room_one_by_one),
		TEST(test_lies),
		TEST(test_broken_packets),
		TEST(test_short_reads),
		cmocka_unit_test(test_runs_join_and_are_sliced),
		cmocka_unit_test(test_runs_that_do_not_join),
		cmocka_unit_test(test_how_many_fit),
		TEST(test_slices_across_super_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
