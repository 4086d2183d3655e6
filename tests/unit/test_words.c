/* SPDX-License-Identifier: Apache-2.0 */
/* Times and amounts as people read them, and the table of a status. */
#include "../check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "table.h"
#include "words.h"

static void
test_times_have_their_largest_units(void **state)
{
	static const struct {
		int64_t seconds;
		int units;
		const char *text;
	} all[] = { { 0, 2, "0 s" }, { 59, 2, "59 s" }, { 60, 2, "1 min 0 s" },
		{ 11565, 2, "3 h 12 min" }, { 86399, 2, "23 h 59 min" },
		{ 90000, 2, "1 d 1 h" }, { 3599, 1, "59 min" },
		{ 86399, 1, "23 h" } };
	char cell[WORDS_CELL];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_string_equal(
		    words_time(cell, all[i].seconds, all[i].units),
		    all[i].text);
}

static void
test_amounts_are_short(void **state)
{
	static const struct {
		int64_t n;
		const char *packets, *bytes;
	} all[] = { { 0, "0", "0 B" }, { 999, "999", "999 B" },
		{ 1000, "1000", "1.0 kB" }, { 99999, "99999", "99 kB" },
		{ 100000, "100 k", "100 kB" }, { 999999, "999 k", "999 kB" },
		{ 1990000, "1.9 M", "1.9 MB" },
		{ INT64_MAX, "9.2 E", "9.2 EB" } };
	char cell[WORDS_CELL];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_string_equal(
		    words_amount(cell, all[i].n, 100000, ""), all[i].packets);
		assert_string_equal(
		    words_amount(cell, all[i].n, 1000, "B"), all[i].bytes);
	}
}

static char *
folded(const char *text)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	words_fold(f, text, 10, 2);
	fclose(f);
	return out;
}

static void
test_lines_are_folded_between_words(void **state)
{
	static const struct {
		const char *text, *want;
	} all[] = { { "", "" }, { "\n\n", "\n\n" },
		{ "0123456789\nx\n", "0123456789\nx\n" },
		{ "01234 6789 b\n", "01234 6789\n  b\n" },
		{ "01234 67890 b\n", "01234\n  67890 b\n" },
		{ "0 2 4 6 8 a c e g i\n", "0 2 4 6 8\n  a c e g\n  i\n" },
		{ "0123456789abc e\n", "0123456789abc\n  e\n" },
		{ "0 23456789abcdefg i\n", "0\n  23456789abcdefg\n  i\n" } };
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		text = folded(all[i].text);
		assert_string_equal(text, all[i].want);
		free(text);
	}
}

/* Each value as long as it can be. */
static json_t *
longest(void)
{
	const char *reason = "an address or a name that -iface has chosen";
	const char *name = "abcdefghijklmno", *ip = "255.255.255.255";
	const char *subnet = "255.255.255.252/30";

	return json_pack(
	    "{sb s[{ss ss sI sI}] s{ss ss si ss} s{ss sb sI sI} s{ss ss si"
	    " s{si si si si} s{sI}} s[{ss ss sI sI sI sI si}]}",
	    "ready", 0, "waits", "for", "peers", "why",
	    "http://192.168.0.254:2379: Failed to connect to 192.168.0.254"
	    " port 2379 after 0 ms: Connection refused",
	    "seconds", (json_int_t)INT64_MAX, "tries", (json_int_t)INT64_MAX,
	    "iface", "name", name, "address", ip, "mtu", 65535, "reason",
	    reason, "lease", "subnet", subnet, "held", 0, "age_seconds",
	    (json_int_t)INT64_MAX, "seconds_left", (json_int_t)INT64_MAX,
	    "backend", "module", "udp", "device", name, "mtu", 65535, "gauges",
	    "workers", 64, "offload_udp_segment", 1, "offload_tso", 0, "pmtu",
	    1, "counters", "rx_wrong_destination", (json_int_t)INT64_MAX,
	    "peers", "subnet", subnet, "public_ip", ip, "tx_packets",
	    (json_int_t)99999, "tx_bytes", (json_int_t)999999, "rx_packets",
	    (json_int_t)99999, "rx_bytes", (json_int_t)999999,
	    "heard_seconds_ago", 3599);
}

static void
test_a_table_has_80_columns(void **state)
{
	json_t *status = longest();
	char *text = NULL, *line, *rest;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(status);
	assert_non_null(f);
	table_print(f, status, 80);
	fclose(f);
	assert_non_null(strstr(text, "  99999, 999 kB  59 min ago\n"));
	assert_non_null(strstr(text, "udp-segment; off: tso\n"));
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		assert_in_range(strlen(line), 1, 80);
	free(text);
	json_decref(status);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_have_their_largest_units),
		cmocka_unit_test(test_amounts_are_short),
		cmocka_unit_test(test_lines_are_folded_between_words),
		cmocka_unit_test(test_a_table_has_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
