/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "reply.h"

#define PREFIX "/coreos.com/network"
#define SUBNETS PREFIX "/subnets"

static const struct reply_question base_question = {
	.endpoint = "http://127.0.0.1:2379",
	.config = PREFIX "/config",
	.subnets = SUBNETS,
	.subnet = { 0x0a010500, 24 },
	.value = "{\"PublicIP\":\"10.0.0.1\"}",
	.ttl = 86400,
};

static struct reply_question question;

static void
read_http(struct reply *reply, enum reply_to to, struct reply_http http)
{
	question = base_question;
	question.to = to;
	question.index = 7;
	http.size = http.body != NULL ? strlen(http.body) : 0;
	reply_read(reply, &question, &http);
}

/* 200, as most are. */
static void
read_ok(
    struct reply *reply, enum reply_to to, const char *index, const char *body)
{
	read_http(reply, to,
	    (struct reply_http){ .status = 200, .index = index, .body = body });
}

/* ---- Each error code for each question --------------------------------- */

/* HTTP's status for a code of etcd's (E-4). */
static int
status_of(int code)
{
	static const struct {
		int code, status;
	} known[] = { { 100, 404 }, { 101, 412 }, { 105, 412 }, { 102, 403 },
		{ 108, 403 }, { 110, 401 }, { 300, 500 }, { 301, 500 } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].status;
	return 400;
}

/* What the answer to a code should be; all that is not here: EREGISTRY. */
static const struct {
	enum reply_to to;
	int code, err;
	uint64_t index;
} meant[] = {
	{ REPLY_CONFIG, 100, RUDDER_ENOTFOUND, 1124 },
	{ REPLY_CONFIG_WAIT, 100, RUDDER_ENOTFOUND, 1124 },
	{ REPLY_CONFIG_WAIT, 400, RUDDER_ELOST, 1124 },
	{ REPLY_CONFIG_WAIT, 401, RUDDER_ELOST, 1124 },
	{ REPLY_LIST, 100, 0, 1124 },
	{ REPLY_CREATE, 105, RUDDER_EEXISTS, 1124 },
	{ REPLY_RENEW, 100, RUDDER_ENOTFOUND, 1124 },
	{ REPLY_RENEW, 101, RUDDER_ECHANGED, 1124 },
	{ REPLY_WATCH, 400, RUDDER_ELOST, 1124 },
	{ REPLY_WATCH, 401, RUDDER_ELOST, 1124 },
	{ REPLY_REFRESH, 100, RUDDER_ENOTFOUND, 1124 },
	{ REPLY_REFRESH, 101, RUDDER_ECHANGED, 1124 },
	{ REPLY_RELEASE, 100, RUDDER_ENOTFOUND, 1124 },
	{ REPLY_RELEASE, 101, RUDDER_ECHANGED, 1124 },
	{ REPLY_PROBE, 100, 0, 1124 },
};

static void
expect_code(enum reply_to to, int code)
{
	int err = RUDDER_EREGISTRY;
	uint64_t index = 0;
	struct reply reply;
	char body[256];

	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
		if (meant[i].to != to || meant[i].code != code)
			continue;
		err = meant[i].err;
		index = meant[i].index;
	}
	snprintf(body, sizeof(body),
	    "{\"errorCode\":%d,\"message\":\"Some message\","
	    "\"cause\":\"some\\ncause\",\"index\":1123}",
	    code);
	read_http(&reply, to,
	    (struct reply_http){ .status = status_of(code), .body = body });
	assert_int_equal(reply.answer.err, err);
	assert_true(reply.answer.index == index);
	assert_int_equal(reply.answer.n_records, 0);
	assert_false(reply.quiet);
	if (err != 0)
		assert_non_null(strstr(reply.answer.why, question.endpoint));
	assert_int_equal(reply.refused, to == REPLY_REFRESH && code / 100 == 2);
	if (err == RUDDER_ENOTFOUND &&
	    (to == REPLY_CONFIG || to == REPLY_CONFIG_WAIT)) {
		assert_non_null(strstr(reply.answer.why, question.config));
	} else if (err != 0) {
		assert_non_null(strstr(reply.answer.why, "Some message"));
		assert_non_null(strstr(reply.answer.why, "some?cause"));
	}
	reply_fini(&reply);
}

static void
test_each_error_code_has_one_meaning_for_each_question(void **state)
{
	static const int codes[] = { 100, 101, 102, 103, 104, 105, 106, 107,
		108, 109, 110, 200, 201, 202, 203, 209, 210, 211, 212, 300, 301,
		400, 401, 500, 0, -1 };

	(void)state;
	for (int to = REPLY_CONFIG; to <= REPLY_PROBE; to++)
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
			expect_code((enum reply_to)to, codes[i]);
}

/* ---- Statuses without etcd's JSON -------------------------------------- */

static void
expect_status(int status, const char *body, const char *words)
{
	struct reply reply;

	for (int to = REPLY_CONFIG; to <= REPLY_PROBE; to++) {
		read_http(&reply, (enum reply_to)to,
		    (struct reply_http){ .status = status, .body = body });
		assert_int_equal(reply.answer.err, RUDDER_EREGISTRY);
		assert_non_null(strstr(reply.answer.why, words));
		assert_non_null(strstr(reply.answer.why, question.endpoint));
		reply_fini(&reply);
	}
}

static void
test_v2_that_is_off_is_told_with_the_remedy(void **state)
{
	(void)state;
	expect_status(404, "404 page not found\n", "--enable-v2");
	expect_status(404, "404 page not found\n", "ETCD_ENABLE_V2=true");
}

static void
test_other_statuses_are_told(void **state)
{
	(void)state;
	expect_status(401, "Unauthorized", "user and password");
	expect_status(403, NULL, "forbids");
	expect_status(500, "", "HTTP 500");
	expect_status(502, "<html>Bad Gateway</html>", "HTTP 502");
	expect_status(503, "{\"error\":\"down\"}", "HTTP 503");
	expect_status(302, "", "HTTP 302");
	expect_status(0, NULL, "HTTP 0");
	/* etcd's own 401 is of another kind than its code 401. */
	expect_status(401,
	    "{\"errorCode\":110,\"message\":\"The request requires user "
	    "authentication\",\"cause\":\"Insufficient credentials\","
	    "\"index\":0}",
	    "Insufficient credentials");
}

static void
test_nonsense_is_an_answer_too(void **state)
{
	static const char *const bodies[] = { "{", "[]", "7", "\"x\"", "{}x",
		"<html>", "{}", "{\"node\":7}", "{\"node\":[]}", "\xff",
		"{\"node\":null}", "{\"action\":\"set\"}",
		"{\"node\":{\"modifiedIndex\":99999999999999999999}}",
		"{\"node\":{\"value\":\"\\ud800\"}}" };
	struct reply reply;

	(void)state;
	for (int to = REPLY_CONFIG; to <= REPLY_PROBE; to++) {
		for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
			read_ok(&reply, (enum reply_to)to, "7", bodies[i]);
			assert_int_equal(reply.answer.err, RUDDER_EREGISTRY);
			assert_non_null(reply.answer.why);
			reply_fini(&reply);
		}
	}
}

/* ---- Config ------------------------------------------------------------ */

static void
test_config_is_the_value_and_the_next_index(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_CONFIG, "12",
	    "{\"action\":\"get\",\"node\":{\"key\":\"" PREFIX "/config\","
	    "\"value\":\"{\\\"Network\\\":\\\"10.1.0.0/16\\\"}\","
	    "\"modifiedIndex\":4,\"createdIndex\":4}}\n");
	assert_int_equal(reply.answer.err, 0);
	assert_string_equal(
	    reply.answer.config, "{\"Network\":\"10.1.0.0/16\"}");
	assert_int_equal(reply.answer.index, 13);
	reply_fini(&reply);
}

static void
test_config_without_the_header_waits_from_its_own_index(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_CONFIG, NULL,
	    "{\"node\":{\"value\":\"{}\",\"modifiedIndex\":4}}");
	assert_int_equal(reply.answer.index, 5);
	reply_fini(&reply);
	read_ok(&reply, REPLY_CONFIG, "no number", "{\"node\":{}}");
	assert_int_equal(reply.answer.err, 0);
	assert_string_equal(reply.answer.config, "");
	assert_int_equal(reply.answer.index, 0);
	reply_fini(&reply);
}

static void
test_config_that_is_a_directory_is_none(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_CONFIG, "12",
	    "{\"action\":\"get\",\"node\":{\"key\":\"" PREFIX "/config\","
	    "\"dir\":true,\"modifiedIndex\":4,\"createdIndex\":4}}");
	assert_int_equal(reply.answer.err, RUDDER_ENOTFOUND);
	assert_int_equal(reply.answer.index, 13);
	reply_fini(&reply);
}

static void
test_indices_go_beyond_32_and_63_bits(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_CONFIG, "18446744073709551614",
	    "{\"node\":{\"value\":\"{}\",\"modifiedIndex\":4}}");
	assert_true(reply.answer.index == UINT64_MAX);
	reply_fini(&reply);
	read_ok(&reply, REPLY_WATCH, "7",
	    "{\"action\":\"set\",\"node\":{\"key\":\"" SUBNETS
	    "/10.1.5.0-24\",\"value\":\"{}\","
	    "\"modifiedIndex\":9223372036854775807}}");
	assert_true(reply.answer.index == UINT64_C(1) << 63);
	reply_fini(&reply);
}

static void
expect_config_event(
    const char *action, const char *key, const char *value, int err)
{
	struct reply reply;
	char body[512];

	snprintf(body, sizeof(body),
	    "{\"action\":\"%s\",\"node\":{\"key\":\"%s\",%s"
	    "\"modifiedIndex\":20,\"createdIndex\":20}}",
	    action, key, value);
	read_ok(&reply, REPLY_CONFIG_WAIT, "12", body);
	assert_int_equal(reply.answer.err, err);
	assert_int_equal(reply.answer.index, 21);
	if (err == 0)
		assert_string_equal(reply.answer.config, "{}");
	else
		assert_null(reply.answer.config);
	reply_fini(&reply);
}

static void
test_config_events(void **state)
{
	static const char value[] = "\"value\":\"{}\",";

	(void)state;
	expect_config_event("set", PREFIX "/config", value, 0);
	expect_config_event("create", PREFIX "/config", value, 0);
	expect_config_event("update", PREFIX "/config", value, 0);
	expect_config_event("compareAndSwap", PREFIX "/config", value, 0);
	expect_config_event("delete", PREFIX "/config", "", RUDDER_ENOTFOUND);
	expect_config_event("expire", PREFIX "/config", "", RUDDER_ENOTFOUND);
	expect_config_event("delete", PREFIX, "", RUDDER_ENOTFOUND);
	expect_config_event("delete", "/coreos.com/net", "", RUDDER_ENOTFOUND);
	expect_config_event("set", PREFIX "/config/x", value, RUDDER_ENOTFOUND);
	expect_config_event(
	    "set", PREFIX "/config", "\"dir\":true,", RUDDER_ENOTFOUND);
}

/* ---- List -------------------------------------------------------------- */

static const char listing[] =
    "{\"action\":\"get\",\"node\":{\"key\":\"" SUBNETS "\",\"dir\":true,"
    "\"nodes\":["
    "{\"key\":\"" SUBNETS "/10.1.5.0-24\",\"value\":\"{\\\"a\\\":1}\","
    "\"expiration\":\"2030-01-01T00:00:00.123456789Z\",\"ttl\":86399,"
    "\"modifiedIndex\":9,\"createdIndex\":5},"
    "{\"key\":\"" SUBNETS "/10.1.6.0-24\",\"value\":\"\","
    "\"modifiedIndex\":6,\"createdIndex\":6},"
    "{\"key\":\"" SUBNETS "/10.1.7.0-24\",\"value\":\"{}\","
    "\"expiration\":\"2030-01-01T00:00:00.123456789+02:00\","
    "\"modifiedIndex\":7,\"createdIndex\":7},"
    "{\"key\":\"" SUBNETS "/note\",\"value\":\"hi\",\"modifiedIndex\":8},"
    "{\"key\":\"" SUBNETS "/10.1.8.0-24\",\"dir\":true},"
    "{\"key\":\"" SUBNETS "/10.1.9.1-24\",\"value\":\"{}\"},"
    "{\"key\":\"/elsewhere/10.1.9.0-24\",\"value\":\"{}\"},"
    "{\"key\":\"" SUBNETS "/10.1.9.0-24\",\"value\":\"a\\u0000b\"},"
    "{\"key\":\"" SUBNETS "/10.1.9.0-24\",\"value\":7},"
    "{},7,null],"
    "\"modifiedIndex\":4,\"createdIndex\":4}}";

static void
test_list_is_every_lease_and_skips_what_is_none(void **state)
{
	const struct rudder_record *r;
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_LIST, "12", listing);
	assert_int_equal(reply.answer.err, 0);
	assert_int_equal(reply.answer.index, 13);
	assert_int_equal(reply.answer.n_records, 3);
	assert_int_equal(reply.foreign, 9);
	assert_string_equal(reply.foreign_key, SUBNETS "/note");
	r = reply.answer.records;
	assert_int_equal(r[0].subnet.addr, 0x0a010500);
	assert_int_equal(r[0].subnet.len, 24);
	assert_string_equal(r[0].value, "{\"a\":1}");
	assert_int_equal(r[0].version, 9);
	assert_int_equal(r[0].created, 5);
	assert_int_equal(r[0].ttl, 86399);
	reply_fini(&reply);
}

/* An empty value is one; a lease in its last moment is no reservation. */
static void
test_list_tells_reservations_from_leases_at_their_end(void **state)
{
	const struct rudder_record *r;
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_LIST, NULL, listing);
	r = reply.answer.records;
	assert_string_equal(r[1].value, "");
	assert_int_equal(r[1].ttl, 0);
	assert_int_equal(r[2].ttl, 1);
	assert_int_equal(reply.answer.index, 10);
	reply_fini(&reply);
}

static void
test_list_of_an_empty_directory(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_LIST, "12",
	    "{\"action\":\"get\",\"node\":{\"key\":\"" SUBNETS "\","
	    "\"dir\":true,\"modifiedIndex\":4,\"createdIndex\":4}}");
	assert_int_equal(reply.answer.err, 0);
	assert_int_equal(reply.answer.index, 13);
	assert_int_equal(reply.answer.n_records, 0);
	reply_fini(&reply);
}

static void
test_list_of_a_file_is_an_error(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_LIST, "12",
	    "{\"node\":{\"key\":\"" SUBNETS "\",\"value\":\"x\"}}");
	assert_int_equal(reply.answer.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(reply.answer.why, "not a directory"));
	reply_fini(&reply);
}

/* ---- Writes ------------------------------------------------------------ */

static void
expect_written(enum reply_to to, int status, const char *ttl, int64_t left)
{
	struct reply reply;
	char body[512];

	snprintf(body, sizeof(body),
	    "{\"action\":\"create\",\"node\":{\"key\":\"" SUBNETS
	    "/10.1.5.0-24\",\"value\":\"{}\",%s\"modifiedIndex\":31,"
	    "\"createdIndex\":30}}",
	    ttl);
	read_http(&reply, to,
	    (struct reply_http){
		.status = status, .index = "31", .body = body });
	assert_int_equal(reply.answer.err, 0);
	assert_int_equal(reply.answer.n_records, 1);
	assert_int_equal(reply.answer.records->subnet.addr, 0x0a010500);
	assert_string_equal(reply.answer.records->value, base_question.value);
	assert_int_equal(reply.answer.records->version, 31);
	assert_int_equal(reply.answer.records->ttl, left);
	reply_fini(&reply);
}

static void
test_a_write_answers_with_the_lease(void **state)
{
	(void)state;
	expect_written(REPLY_CREATE, 201, "\"ttl\":100,", 100);
	expect_written(REPLY_CREATE, 200, "", 86400);
	expect_written(REPLY_RENEW, 200, "\"ttl\":0,", 1);
}

static void
test_a_write_without_a_version_is_not_believed(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_CREATE, "31", "{\"node\":{\"value\":\"{}\"}}");
	assert_int_equal(reply.answer.err, RUDDER_EREGISTRY);
	reply_fini(&reply);
}

/* ---- Watch ------------------------------------------------------------- */

static void
read_event(
    struct reply *reply, const char *action, const char *key, const char *more)
{
	char body[512];

	snprintf(body, sizeof(body),
	    "{\"action\":\"%s\",\"node\":{\"key\":\"%s\",%s"
	    "\"modifiedIndex\":12,\"createdIndex\":9},"
	    "\"prevNode\":{\"key\":\"%s\",\"value\":\"old\"}}",
	    action, key, more, key);
	read_ok(reply, REPLY_WATCH, "9", body);
}

/* The index is the event's, not the header's (F01). */
static void
test_watch_of_a_written_lease(void **state)
{
	static const char *const actions[] = { "set", "create", "update",
		"compareAndSwap" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		read_event(&reply, actions[i], SUBNETS "/10.1.5.0-24",
		    "\"value\":\"{}\",\"ttl\":60,");
		assert_int_equal(reply.answer.err, 0);
		assert_int_equal(reply.answer.index, 13);
		assert_int_equal(reply.answer.n_records, 1);
		assert_string_equal(reply.answer.records->value, "{}");
		assert_int_equal(reply.answer.records->version, 12);
		assert_int_equal(reply.answer.records->ttl, 60);
		reply_fini(&reply);
	}
}

static void
test_watch_of_a_lease_that_goes(void **state)
{
	static const char *const actions[] = { "delete", "expire",
		"compareAndDelete" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		read_event(&reply, actions[i], SUBNETS "/10.1.5.0-24", "");
		assert_int_equal(reply.answer.err, 0);
		assert_int_equal(reply.answer.index, 13);
		assert_int_equal(reply.answer.n_records, 1);
		assert_null(reply.answer.records->value);
		assert_int_equal(reply.answer.records->subnet.addr, 0x0a010500);
		assert_int_equal(reply.answer.records->version, 12);
		reply_fini(&reply);
	}
}

static void
expect_nothing(
    const char *action, const char *key, const char *more, size_t foreign)
{
	struct reply reply;

	read_event(&reply, action, key, more);
	assert_int_equal(reply.answer.err, 0);
	assert_int_equal(reply.answer.index, 13);
	assert_int_equal(reply.answer.n_records, 0);
	assert_int_equal(reply.foreign, foreign);
	reply_fini(&reply);
}

/* The cursor goes on, whatever it was (F07). */
static void
test_watch_of_what_is_no_lease_goes_on(void **state)
{
	(void)state;
	expect_nothing("set", SUBNETS "/note", "\"value\":\"x\",", 1);
	expect_nothing("delete", SUBNETS "/note", "", 1);
	expect_nothing("set", SUBNETS "/10.1.5.0-24", "\"dir\":true,", 1);
	expect_nothing("set", SUBNETS "/10.1.5.0-24/x", "\"value\":\"\",", 1);
	expect_nothing("set", SUBNETS "/10.1.5.0-24", "\"value\":7,", 1);
	expect_nothing("set", SUBNETS, "\"dir\":true,", 0);
	expect_nothing("set", PREFIX, "\"dir\":true,", 0);
	expect_nothing("get", SUBNETS "/10.1.5.0-24", "\"value\":\"\",", 0);
	expect_nothing("dance", SUBNETS "/10.1.5.0-24", "", 0);
}

/* What is in the history already comes with how much more there is. */
static void
test_watch_tells_how_far_behind_it_is(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_WATCH, "812",
	    "{\"action\":\"set\",\"node\":{\"modifiedIndex\":12}}");
	assert_int_equal(reply.answer.index, 13);
	assert_int_equal(reply.answer.newest, 813);
	reply_fini(&reply);
}

static void
test_watch_event_without_its_parts_goes_on(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_WATCH, "9",
	    "{\"action\":7,\"node\":{\"modifiedIndex\":12}}");
	assert_int_equal(reply.answer.err, 0);
	assert_int_equal(reply.answer.index, 13);
	assert_int_equal(reply.answer.n_records, 0);
	reply_fini(&reply);
}

/* By components (E-9): /coreos.com/net is none of ours (F08). */
static void
test_watch_of_an_ancestor_that_goes(void **state)
{
	static const char *const lost[] = { SUBNETS, PREFIX, "/coreos.com",
		"/" };
	static const char *const fine[] = { "/coreos.com/net", PREFIX "/subnet",
		"/coreos", PREFIX "/subnetsx", PREFIX "/config" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		read_event(&reply, i % 2 ? "expire" : "delete", lost[i],
		    "\"dir\":true,");
		assert_int_equal(reply.answer.err, RUDDER_ELOST);
		assert_non_null(strstr(reply.answer.why, lost[i]));
		reply_fini(&reply);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		expect_nothing("delete", fine[i], "\"dir\":true,", 0);
}

/* ---- Polls that end without an event ----------------------------------- */

static void
expect_quiet(enum reply_to to, const char *body, bool cut, int err)
{
	struct reply reply;

	read_http(&reply, to,
	    (struct reply_http){
		.status = 200, .index = "9", .body = body, .cut = cut });
	assert_true(reply.quiet);
	assert_int_equal(reply.answer.err, err);
	assert_int_equal(reply.answer.index, 7);
	assert_int_equal(reply.answer.n_records, 0);
	reply_fini(&reply);
}

static void
test_a_poll_may_end_without_an_event(void **state)
{
	(void)state;
	expect_quiet(REPLY_WATCH, NULL, false, 0);
	expect_quiet(REPLY_WATCH, "", false, 0);
	expect_quiet(REPLY_WATCH, NULL, true, 0);
	expect_quiet(REPLY_WATCH, "{\"action\":\"se", true, 0);
	expect_quiet(REPLY_CONFIG_WAIT, NULL, false, RUDDER_ENOTFOUND);
	expect_quiet(REPLY_CONFIG_WAIT, "{", true, RUDDER_ENOTFOUND);
}

/* The terminator is missing, the event is not. */
static void
test_a_cut_poll_may_hold_a_whole_event(void **state)
{
	struct reply reply;

	(void)state;
	read_http(&reply, REPLY_WATCH,
	    (struct reply_http){ .status = 200,
		.cut = true,
		.body = "{\"action\":\"delete\",\"node\":{\"key\":\"" SUBNETS
			"/10.1.5.0-24\",\"modifiedIndex\":12}}" });
	assert_false(reply.quiet);
	assert_int_equal(reply.answer.n_records, 1);
	assert_int_equal(reply.answer.index, 13);
	reply_fini(&reply);
}

static void
test_an_empty_list_of_bytes_is_no_list(void **state)
{
	struct reply reply;

	(void)state;
	read_ok(&reply, REPLY_LIST, "9", "");
	assert_int_equal(reply.answer.err, RUDDER_EREGISTRY);
	assert_false(reply.quiet);
	reply_fini(&reply);
}

static void
test_an_index_that_went_back(void **state)
{
	(void)state;
	assert_true(reply_went_back(200, "9", 11));
	assert_true(reply_went_back(200, "0", 2));
	assert_false(reply_went_back(200, "9", 10));
	assert_false(reply_went_back(200, "9", 0));
	assert_false(reply_went_back(200, NULL, 11));
	assert_false(reply_went_back(200, "x", 11));
	assert_false(reply_went_back(400, "0", 11));
	assert_false(reply_went_back(401, "0", 11));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_each_error_code_has_one_meaning_for_each_question),
		cmocka_unit_test(test_v2_that_is_off_is_told_with_the_remedy),
		cmocka_unit_test(test_other_statuses_are_told),
		cmocka_unit_test(test_nonsense_is_an_answer_too),
		cmocka_unit_test(test_config_is_the_value_and_the_next_index),
		cmocka_unit_test(
		    test_config_without_the_header_waits_from_its_own_index),
		cmocka_unit_test(test_config_that_is_a_directory_is_none),
		cmocka_unit_test(test_indices_go_beyond_32_and_63_bits),
		cmocka_unit_test(test_config_events),
		cmocka_unit_test(
		    test_list_is_every_lease_and_skips_what_is_none),
		cmocka_unit_test(
		    test_list_tells_reservations_from_leases_at_their_end),
		cmocka_unit_test(test_list_of_an_empty_directory),
		cmocka_unit_test(test_list_of_a_file_is_an_error),
		cmocka_unit_test(test_a_write_answers_with_the_lease),
		cmocka_unit_test(
		    test_a_write_without_a_version_is_not_believed),
		cmocka_unit_test(test_watch_of_a_written_lease),
		cmocka_unit_test(test_watch_of_a_lease_that_goes),
		cmocka_unit_test(test_watch_of_what_is_no_lease_goes_on),
		cmocka_unit_test(test_watch_tells_how_far_behind_it_is),
		cmocka_unit_test(test_watch_event_without_its_parts_goes_on),
		cmocka_unit_test(test_watch_of_an_ancestor_that_goes),
		cmocka_unit_test(test_a_poll_may_end_without_an_event),
		cmocka_unit_test(test_a_cut_poll_may_hold_a_whole_event),
		cmocka_unit_test(test_an_empty_list_of_bytes_is_no_list),
		cmocka_unit_test(test_an_index_that_went_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
