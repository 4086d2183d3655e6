/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "limit.h"
#include "packet.h"

#define SRC 0x0a010507 /* 10.1.5.7 */
#define DST 0x0a010609
#define TUN 0x0a010500

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* A sum as slow and as plain as RFC 1071 has it. */
static unsigned
plain_checksum(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~(unsigned)sum & 0xffff;
}

/* A packet of a known shape, of the caller's buffer. */
static void
make(uint8_t *p, size_t len, size_t header, uint8_t proto)
{
	memset(p, 0, len);
	p[0] = (uint8_t)(0x40 | header / 4);
	put16(p + 2, (unsigned)len);
	p[8] = 64;
	p[9] = proto;
	put32(p + 12, SRC);
	put32(p + 16, DST);
	for (size_t i = header; i < len; i++)
		p[i] = (uint8_t)i;
	put16(p + 10, plain_checksum(p, header));
}

static struct packet
parsed(uint8_t *p, size_t len)
{
	struct packet pkt = { 0 };

	assert_int_equal(packet_parse(&pkt, p, len), 0);
	return pkt;
}

/* ---- What is a packet ------------------------------------------------- */

static void
test_only_whole_ipv4_packets_are_taken(void **state)
{
	static const struct {
		uint8_t first;	 /* version and header length */
		uint16_t claims; /* total length */
		size_t len;	 /* of the buffer */
		int rc;
	} rows[] = {
		{ 0x45, 20, 0, -EBADMSG },
		{ 0x45, 20, 1, -EBADMSG },
		{ 0x45, 20, 19, -EBADMSG },
		{ 0x45, 20, 20, 0 },
		{ 0x45, 20, 80, 0 }, /* bytes behind it */
		{ 0x45, 80, 80, 0 },
		{ 0x45, 81, 80, -EBADMSG }, /* cut off on its way */
		{ 0x45, 65535, 80, -EBADMSG },
		{ 0x45, 19, 80, -EBADMSG },
		{ 0x45, 0, 80, -EBADMSG },
		{ 0x44, 80, 80, -EBADMSG }, /* the shortest header is 5 */
		{ 0x40, 80, 80, -EBADMSG },
		{ 0x46, 24, 80, 0 },
		{ 0x46, 23, 80, -EBADMSG },
		{ 0x46, 24, 23, -EBADMSG },
		{ 0x4f, 60, 60, 0 },
		{ 0x4f, 59, 60, -EBADMSG },
		{ 0x4f, 60, 59, -EBADMSG },
		{ 0x60, 80, 80, -EPROTONOSUPPORT },
		{ 0x55, 80, 80, -EPROTONOSUPPORT },
		{ 0x05, 80, 80, -EPROTONOSUPPORT },
		{ 0xf5, 80, 1, -EPROTONOSUPPORT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t all[80] = { rows[i].first };
		struct packet pkt = { .len = 7 };
		uint8_t *exact = malloc(rows[i].len);

		put16(all + 2, rows[i].claims);
		if (rows[i].len > 0)
			memcpy(exact, all, rows[i].len);
		assert_int_equal(
		    packet_parse(&pkt, exact, rows[i].len), rows[i].rc);
		assert_int_equal(pkt.len, rows[i].rc < 0 ? 7 : rows[i].claims);
		free(exact);
	}
}

static void
test_the_longest_packet_is_taken(void **state)
{
	uint8_t *p = calloc(1, 65536);
	struct packet pkt;

	(void)state;
	assert_non_null(p);
	make(p, PACKET_MAX, 20, 17);
	assert_int_equal(packet_parse(&pkt, p, 65536), 0);
	assert_int_equal(pkt.len, PACKET_MAX);
	assert_int_equal(packet_parse(&pkt, p, PACKET_MAX - 1), -EBADMSG);
	free(p);
}

static void
test_addresses_are_read_at_any_alignment(void **state)
{
	uint8_t buf[80];

	(void)state;
	for (size_t at = 0; at < 8; at++) {
		make(buf + at, 60, 20, 17);
		struct packet pkt = parsed(buf + at, 60);

		assert_int_equal(packet_src(&pkt), SRC);
		assert_int_equal(packet_dst(&pkt), DST);
		assert_int_equal(pkt.header, 20);
		assert_true(packet_age(&pkt));
		assert_int_equal(plain_checksum(buf + at, 20), 0);
	}
}

static void
test_multicast_and_broadcast_are_for_many(void **state)
{
	static const struct {
		uint32_t dst;
		bool many;
	} rows[] = {
		{ 0x0a010609, false },
		{ 0xdfffffff, false },
		{ 0xe0000000, true },
		{ 0xe0000001, true },
		{ 0xefffffff, true },
		{ 0xf0000000, true },
		{ 0xffffffff, true },
	};
	uint8_t p[60];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(p, sizeof(p), 20, 17);
		put32(p + 16, rows[i].dst);
		struct packet pkt = parsed(p, sizeof(p));

		assert_int_equal(packet_to_many(&pkt), rows[i].many);
	}
}

/* ---- Ageing ----------------------------------------------------------- */

static void
random_header(uint8_t *p, size_t header)
{
	for (size_t i = 0; i < 60; i++)
		p[i] = (uint8_t)random();
	p[0] = (uint8_t)(0x40 | header / 4);
	put16(p + 2, 60);
}

/* RFC 1624 against a sum over all of it, for each TTL and any header. */
static void
test_an_aged_header_has_the_sum_that_it_would_get(void **state)
{
	uint8_t p[60];

	(void)state;
	srandom(1);
	for (int i = 0; i < 2000; i++) {
		size_t header = 20 + 4 * ((size_t)random() % 11);

		random_header(p, header);
		for (unsigned ttl = 2; ttl < 256; ttl++) {
			struct packet pkt = parsed(p, sizeof(p));

			p[8] = (uint8_t)ttl;
			put16(p + 10, 0);
			put16(p + 10, plain_checksum(p, header));
			assert_true(packet_age(&pkt));
			assert_int_equal(p[8], ttl - 1);
			assert_int_equal(plain_checksum(p, header), 0);
			assert_int_not_equal(get16(p + 10), 0xffff);
		}
	}
}

/* Every sum that a header can have, not only those of random ones. */
static void
test_an_aged_header_is_right_for_every_sum(void **state)
{
	uint8_t p[60];

	(void)state;
	make(p, sizeof(p), 20, 17);
	for (unsigned id = 0; id < 65536; id++) {
		struct packet pkt = parsed(p, sizeof(p));

		put16(p + 4, id);
		p[8] = 2;
		put16(p + 10, 0);
		put16(p + 10, plain_checksum(p, 20));
		assert_true(packet_age(&pkt));
		assert_int_equal(plain_checksum(p, 20), 0);
	}
}

/* What was broken stays broken: it is not for us to make it look whole. */
static void
test_a_wrong_sum_stays_wrong(void **state)
{
	uint8_t p[60];

	(void)state;
	make(p, sizeof(p), 20, 17);
	put16(p + 10, get16(p + 10) ^ 0x0100);
	struct packet pkt = parsed(p, sizeof(p));

	assert_true(packet_age(&pkt));
	assert_int_not_equal(plain_checksum(p, 20), 0);
}

static void
test_the_last_hop_changes_nothing(void **state)
{
	uint8_t p[60], before[60];

	(void)state;
	for (uint8_t ttl = 0; ttl < 2; ttl++) {
		make(p, sizeof(p), 20, 17);
		p[8] = ttl;
		memcpy(before, p, sizeof(p));
		struct packet pkt = parsed(p, sizeof(p));

		assert_false(packet_age(&pkt));
		assert_memory_equal(p, before, sizeof(p));
	}
}

static void
test_checksums_are_those_of_the_rfc(void **state)
{
	/* The example of RFC 1071, section 3. */
	static const uint8_t example[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5,
		0xf6, 0xf7 };
	uint8_t *ones = malloc(65535);

	(void)state;
	assert_int_equal(packet_checksum(example, 8), 0xffff ^ 0xddf2);
	assert_int_equal(packet_checksum(example, 0), 0xffff);
	assert_int_equal(packet_checksum(example, 3), 0xffff ^ 0xf201);
	assert_non_null(ones);
	memset(ones, 0xff, 65535);
	assert_int_equal(
	    packet_checksum(ones, 65535), plain_checksum(ones, 65535));
	assert_int_equal(packet_checksum(ones, 65534), 0);
	free(ones);
}

/* ---- ICMP ------------------------------------------------------------- */

/* Checks all but type, code and the word behind them; returns the ICMP. */
static const uint8_t *
check_error(const uint8_t *out, size_t len, const struct packet *about)
{
	size_t quote = len - 28;

	assert_int_equal(out[0], 0x45);
	assert_int_equal(get16(out + 2), len);
	assert_true(out[8] > 1);
	assert_int_equal(out[9], 1);
	assert_int_equal(get32(out + 12), TUN);
	assert_int_equal(get32(out + 16), packet_src(about));
	assert_int_equal(plain_checksum(out, 20), 0);
	assert_int_equal(plain_checksum(out + 20, len - 20), 0);
	assert_memory_equal(out + 28, about->data, quote);
	return out + 20;
}

static void
test_errors_have_their_type_and_quote(void **state)
{
	static const struct {
		enum packet_error error;
		uint8_t type, code;
		uint32_t rest;
	} rows[] = {
		{ PACKET_NET_UNREACHABLE, 3, 0, 0 },
		{ PACKET_FRAG_NEEDED, 3, 4, 1472 },
		{ PACKET_TIME_EXCEEDED, 11, 0, 0 },
	};
	uint8_t p[100], out[PACKET_ICMP_MAX];

	(void)state;
	make(p, sizeof(p), 20, 17);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct packet pkt = parsed(p, sizeof(p));
		size_t len = packet_icmp(out, &pkt, rows[i].error, TUN, 1472);

		assert_int_equal(len, 20 + 8 + 20 + 8);
		const uint8_t *icmp = check_error(out, len, &pkt);

		assert_int_equal(icmp[0], rows[i].type);
		assert_int_equal(icmp[1], rows[i].code);
		assert_int_equal(get32(icmp + 4), rows[i].rest);
		assert_int_equal(packet_parse(&pkt, out, len), 0);
	}
}

/* F35: the original read header and 8 bytes of packets that had fewer. */
static void
test_a_quote_is_never_more_than_the_packet(void **state)
{
	uint8_t out[PACKET_ICMP_MAX];

	(void)state;
	for (size_t header = 20; header <= 60; header += 4)
		for (size_t payload = 0; payload < 12; payload++) {
			size_t len = header + payload;
			uint8_t *p = malloc(len);

			assert_non_null(p);
			make(p, len, header, 17);
			struct packet pkt = parsed(p, len);
			size_t n = packet_icmp(
			    out, &pkt, PACKET_NET_UNREACHABLE, TUN, 0);

			assert_int_equal(
			    n, 28 + header + (payload < 8 ? payload : 8));
			check_error(out, n, &pkt);
			free(p);
		}
}

static void
test_an_echo_is_answered_an_error_never(void **state)
{
	static const uint8_t questions[] = { 0, 8, 9, 10, 13, 14, 15, 16, 17,
		18, 42, 43 };
	uint8_t p[60], out[PACKET_ICMP_MAX];

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool ok = memchr(questions, (int)type, sizeof(questions));

		make(p, sizeof(p), 20, 1);
		p[20] = (uint8_t)type;
		struct packet pkt = parsed(p, sizeof(p));

		assert_int_equal(
		    packet_icmp(out, &pkt, PACKET_TIME_EXCEEDED, TUN, 0) > 0,
		    ok);
	}
	make(p, 20, 20, 1); /* its type is missing */
	struct packet pkt = parsed(p, 20);

	assert_int_equal(
	    packet_icmp(out, &pkt, PACKET_TIME_EXCEEDED, TUN, 0), 0);
}

static void
test_what_is_not_from_one_host_to_one_is_not_answered(void **state)
{
	static const struct {
		uint32_t src, dst;
		bool ok;
	} rows[] = {
		{ SRC, DST, true },
		{ 0, DST, false },
		{ 0x00ffffff, DST, false },
		{ 0x01000000, DST, true },
		{ 0x7f000001, DST, false },
		{ 0x7fffffff, DST, false },
		{ 0x80000000, DST, true },
		{ 0xe0000001, DST, false },
		{ 0xf0000001, DST, false },
		{ 0xffffffff, DST, false },
		{ SRC, 0xe0000001, false },
		{ SRC, 0xffffffff, false },
	};
	uint8_t p[60], out[PACKET_ICMP_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(p, sizeof(p), 20, 17);
		put32(p + 12, rows[i].src);
		put32(p + 16, rows[i].dst);
		struct packet pkt = parsed(p, sizeof(p));

		assert_int_equal(
		    packet_icmp(out, &pkt, PACKET_TIME_EXCEEDED, TUN, 0) > 0,
		    rows[i].ok);
	}
}

static void
test_only_the_first_fragment_is_answered(void **state)
{
	static const struct {
		unsigned word; /* flags and offset */
		bool ok;
	} rows[] = {
		{ 0x0000, true },
		{ 0x4000, true },  /* DF */
		{ 0x2000, true },  /* the first of several */
		{ 0x2001, false }, /* one in between */
		{ 0x0001, false }, /* the last */
		{ 0x1fff, false },
	};
	uint8_t p[60], out[PACKET_ICMP_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(p, sizeof(p), 20, 17);
		put16(p + 6, rows[i].word);
		struct packet pkt = parsed(p, sizeof(p));

		assert_int_equal(
		    packet_icmp(out, &pkt, PACKET_NET_UNREACHABLE, TUN, 0) > 0,
		    rows[i].ok);
	}
}

/* ---- How many of them ------------------------------------------------- */

static unsigned
take(struct limit *l, uint64_t now, unsigned n)
{
	unsigned got = 0;

	while (n-- > 0)
		got += limit_take(l, now);
	return got;
}

static void
test_a_limit_lets_a_burst_and_then_a_rate_through(void **state)
{
	struct limit l = { .rate = 100, .burst = 50 };
	uint64_t now = UINT64_C(1) << 40;

	(void)state;
	assert_int_equal(take(&l, now, 200), 50);
	assert_int_equal(take(&l, now + 9, 10), 0);
	assert_int_equal(take(&l, now + 10, 10), 1);
	assert_int_equal(take(&l, now + 110, 100), 10);
	now += 3600 * 1000;
	assert_int_equal(take(&l, now, 200), 50);
	for (unsigned ms = 1; ms <= 1000; ms++)
		if (take(&l, now + ms, 1) != (ms % 10 == 0))
			fail();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_whole_ipv4_packets_are_taken),
		cmocka_unit_test(test_the_longest_packet_is_taken),
		cmocka_unit_test(test_addresses_are_read_at_any_alignment),
		cmocka_unit_test(test_multicast_and_broadcast_are_for_many),
		cmocka_unit_test(
		    test_an_aged_header_has_the_sum_that_it_would_get),
		cmocka_unit_test(test_an_aged_header_is_right_for_every_sum),
		cmocka_unit_test(test_a_wrong_sum_stays_wrong),
		cmocka_unit_test(test_the_last_hop_changes_nothing),
		cmocka_unit_test(test_checksums_are_those_of_the_rfc),
		cmocka_unit_test(test_errors_have_their_type_and_quote),
		cmocka_unit_test(test_a_quote_is_never_more_than_the_packet),
		cmocka_unit_test(test_an_echo_is_answered_an_error_never),
		cmocka_unit_test(
		    test_what_is_not_from_one_host_to_one_is_not_answered),
		cmocka_unit_test(test_only_the_first_fragment_is_answered),
		cmocka_unit_test(
		    test_a_limit_lets_a_burst_and_then_a_rate_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
