/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An etcd that fails, or is old, or silent, or wants to know who asks: all of
 * it from a script, with limits so short that they can be waited for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"
#include "registry.h"
#include "server.h"

#define KEYS "/v2/keys/coreos.com/network"
#define SUBNETS "/coreos.com/network/subnets"
#define KEY "10.1.5.0-24"
#define VALUE "{\"PublicIP\":\"10.0.0.1\"}"
#define JSON_VALUE "{\\\"PublicIP\\\":\\\"10.0.0.1\\\"}"
#define NODE(key, value, index)                                                \
	"{\"action\":\"set\",\"node\":{\"key\":\"" key "\",\"value\":\"" value \
	"\",\"ttl\":60,\"modifiedIndex\":" index ",\"createdIndex\":4}}"
#define LEASE(value, index) NODE(SUBNETS "/" KEY, value, index)
#define CONFIG NODE("/coreos.com/network/config", "{}", "4")
#define ERROR(code, index)                                   \
	"{\"errorCode\":" code ",\"message\":\"A message\"," \
	"\"cause\":\"a cause\",\"index\":" index "}"

/* Two of them; most tests need but one. */
struct world {
	struct registry registry;
	struct event_base *base; /* the registry's */
	struct server *etcd, *other;
	char endpoints[256];
	char file[64]; /* "": none yet */
	struct asked a, b;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct registry *r = &w->registry;

	registry_option(r, "etcd-endpoints", "http://127.0.0.1:1");
	registry_open(r);
	w->base = r->base;
	w->etcd = server_new(w->base);
	w->other = server_new(w->base);
	snprintf(w->endpoints, sizeof(w->endpoints), "%s,%s",
	    server_url(w->etcd), server_url(w->other));
	registry_option(r, "etcd-endpoints", w->endpoints);
	registry_reopen(r);
	r->env.real_clock = true;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	server_free(w->etcd);
	server_free(w->other);
	registry_close(&w->registry);
	if (w->file[0] != '\0')
		unlink(w->file);
	free(w);
	return 0;
}

static void
expect_words(const struct world *w, const char *words, const char *remedy)
{
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->a.why, "etcd at http"));
	assert_non_null(strstr(w->a.why, words));
	assert_non_null(strstr(w->a.why, remedy));
}

/* ---- Refresh ----------------------------------------------------------- */

static void
expect_refresh(struct world *w, struct server *s, size_t n)
{
	assert_string_equal(
	    server_line(s, n), "PUT " KEYS "/subnets/" KEY "?prevIndex=30");
	assert_string_equal(server_body(s, n), "refresh=true&ttl=60");
	assert_int_equal(w->a.err, 0);
}

static void
test_the_same_value_is_not_sent(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "31", LEASE(JSON_VALUE, "31"));
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	expect_refresh(w, w->etcd, 0);
	assert_int_equal(w->a.records[0].version, 31);
	assert_int_equal(w->a.records[0].ttl, 60);
	assert_string_equal(w->a.records[0].value, VALUE);
	assert_int_equal(server_requests(w->etcd), 1);
}

static void
test_a_refresh_has_its_condition(void **state)
{
	struct world *w = *state;

	server_answer(
	    w->etcd, "412 Precondition Failed", "31", ERROR("101", "31"));
	server_answer(w->etcd, "404 Not Found", "31", ERROR("100", "31"));
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	assert_int_equal(w->a.err, RUDDER_ECHANGED);
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	asked_init(&w->a, &w->registry)->request.same_value = true;
	w->a.request.ttl = 60;
	assert_int_equal(
	    w->registry.ops->renew(w->registry.impl, &w->a.request), -EINVAL);
}

static void
expect_update(struct server *s, size_t n, const char *version)
{
	char line[128];

	snprintf(line, sizeof(line),
	    "PUT " KEYS "/subnets/" KEY "?prevIndex=%s", version);
	assert_string_equal(server_line(s, n), line);
	assert_string_equal(server_body(s, n),
	    "value=%7B%22PublicIP%22%3A%2210.0.0.1%22%7D&ttl=60");
}

/* The first time it is tried; from then on this one is not asked for it. */
static void
test_a_server_that_refuses_a_refresh(void **state)
{
	static const char *const errors[] = { ERROR("209", "0"),
		ERROR("210", "0"), ERROR("211", "0"), ERROR("212", "0") };
	struct world *w = *state;

	for (size_t i = 0; i < 4; i++) {
		size_t n = server_requests(w->etcd);

		registry_reopen(&w->registry);
		server_answer(w->etcd, "400 Bad Request", "0", errors[i]);
		for (int j = 0; j < 2; j++)
			server_answer(
			    w->etcd, "200 OK", "31", LEASE(JSON_VALUE, "31"));
		asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
		expect_refresh(w, w->etcd, n);
		expect_update(w->etcd, n + 1, "30");
		assert_int_equal(w->a.records[0].version, 31);
		asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 31);
		assert_int_equal(w->a.err, 0);
		expect_update(w->etcd, n + 2, "31");
		assert_int_equal(server_requests(w->etcd), n + 3);
	}
}

/* One from before 2.3 does as it is told: it writes an empty value. */
static void
test_a_value_that_a_refresh_lost_is_written_again(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "31", LEASE("", "31"));
	server_answer(w->etcd, "200 OK", "32", LEASE(JSON_VALUE, "32"));
	server_answer(w->etcd, "200 OK", "33", LEASE(JSON_VALUE, "33"));
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	expect_refresh(w, w->etcd, 0);
	expect_update(w->etcd, 1, "31");
	assert_int_equal(w->a.records[0].version, 32);
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 32);
	expect_update(w->etcd, 2, "32");
	assert_int_equal(w->a.err, 0);
}

/* That one server knows none says nothing of the others. */
static void
test_each_server_is_known_for_itself(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "400 Bad Request", "0", ERROR("209", "0"));
	server_answer(w->etcd, "503 Unavailable", NULL, "");
	server_answer(w->other, "200 OK", "31", LEASE(JSON_VALUE, "31"));
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	expect_refresh(w, w->other, 0);
}

/* Between the two of them, somebody else had the lease. */
static void
test_the_second_write_has_its_condition_too(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "31", LEASE("", "31"));
	server_answer(
	    w->etcd, "412 Precondition Failed", "32", ERROR("101", "32"));
	asked_refresh(&w->a, &w->registry, KEY, VALUE, 60, 30);
	assert_int_equal(w->a.err, RUDDER_ECHANGED);
	assert_int_equal(w->a.n, 0);
}

/* ---- Release ----------------------------------------------------------- */

static void
test_release_is_a_delete_with_a_condition(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "31",
	    "{\"action\":\"compareAndDelete\",\"node\":{\"key\":\"" SUBNETS
	    "/" KEY "\",\"modifiedIndex\":31,\"createdIndex\":4}}");
	asked_release(&w->a, &w->registry, KEY, 30);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 0);
	assert_string_equal(server_line(w->etcd, 0),
	    "DELETE " KEYS "/subnets/" KEY "?prevIndex=30");
	assert_string_equal(server_body(w->etcd, 0), "");
}

static void
test_release_of_what_is_another(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	server_answer(
	    w->etcd, "412 Precondition Failed", "31", ERROR("101", "31"));
	server_answer(w->etcd, "404 Not Found", "31", ERROR("100", "31"));
	asked_release(&w->a, r, KEY, 30);
	assert_int_equal(w->a.err, RUDDER_ECHANGED);
	asked_release(&w->a, r, KEY, 30);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	asked_subnet(asked_init(&w->a, r), KEY, NULL, 0);
	assert_int_equal(r->ops->release(r->impl, &w->a.request), -EINVAL);
	assert_int_equal(server_requests(w->etcd), 2);
}

/* ---- Silence ----------------------------------------------------------- */

#define PROBE "GET " KEYS "/config?quorum=true"

static void
test_a_silent_poll_is_asked_for_a_sign_of_life(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	server_answer(w->etcd, "200 OK", "14", CONFIG);
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 0);
	assert_int_equal(w->a.index, 10);
	assert_string_equal(server_line(w->etcd, 1), PROBE);
	assert_int_equal(server_requests(w->other), 0);
}

/* There need be no config: that it is not there is an answer. */
static void
test_a_silent_poll_of_the_config(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	server_answer(w->etcd, "404 Not Found", "14", ERROR("100", "14"));
	asked_config(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	assert_int_equal(w->a.index, 10);
	assert_string_equal(server_line(w->etcd, 1), PROBE);
}

/* Its head is there, so it was alive then; it is not now. */
static void
test_a_poll_of_a_frozen_member_goes_elsewhere(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	server_raw(w->etcd, THEN_KEEP, "");
	asked_watch(&w->a, &w->registry, 10);
	expect_words(w, "no answer in time", "frozen");
	assert_int_equal(registry_stat(&w->registry, "etcd_timeouts"), 1);
	server_answer(w->other, "200 OK", "9", LEASE("{}", "12"));
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 1);
}

/* The kernel takes the connection, and nobody reads from it. */
static void
test_a_poll_without_a_head_goes_elsewhere(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_KEEP, "");
	server_raw(w->etcd, THEN_KEEP, "");
	asked_watch(&w->a, &w->registry, 10);
	expect_words(w, "no answer in time", "frozen");
	server_answer(w->other, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
}

/* A member that is cut off keeps its polls, and has no news for them. */
static void
test_a_poll_of_a_member_without_a_leader_goes_elsewhere(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	server_answer(
	    w->etcd, "500 Internal Server Error", "9", ERROR("300", "9"));
	asked_watch(&w->a, &w->registry, 10);
	expect_words(w, "error 300", "no leader");
	server_answer(w->other, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
}

/* Between the head and the sign of life, the data was replaced (F16). */
static void
test_a_sign_of_life_of_other_data_is_lost(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 2; i++) {
		server_head(w->etcd, "200 OK", "9");
		if (i == 0)
			server_answer(w->etcd, "200 OK", "4", CONFIG);
		else
			server_answer(
			    w->etcd, "404 Not Found", "4", ERROR("100", "4"));
		asked_watch(&w->a, &w->registry, 10);
		assert_int_equal(w->a.err, RUDDER_ELOST);
	}
	assert_int_equal(server_requests(w->other), 0);
}

static bool
is_probed(void *arg)
{
	const struct world *w = arg;

	return server_requests(w->etcd) == 2;
}

static void
test_a_sign_of_life_may_be_cancelled(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	server_head(w->etcd, "200 OK", "9");
	server_raw(w->etcd, THEN_KEEP, "");
	asked_init(&w->a, r)->request.index = 10;
	assert_int_equal(r->ops->watch(r->impl, &w->a.request), 0);
	registry_run(r, is_probed, w);
	r->ops->cancel(r->impl, &w->a.request);
	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->b, r);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->a.answers, 0);
}

/* A request to a frozen member has an end as well. */
static void
test_a_request_has_its_time(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_KEEP, "");
	server_answer(w->other, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->a, &w->registry);
	expect_words(w, "since it was asked", "overloaded, frozen");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
}

/* ---- What went wrong, and what to do ----------------------------------- */

static void
test_each_failure_has_its_words(void **state)
{
	static const struct {
		const char *status, *body, *words, *remedy;
	} failures[] = {
		{ "401 Unauthorized", ERROR("110", "0"), "error 110",
		    "check etcd-username" },
		{ "401 Unauthorized", "Unauthorized", "user and password",
		    "set etcd-username and etcd-password-file" },
		{ "404 Not Found", "404 page not found\n", "no v2 API",
		    "--enable-v2" },
		{ "404 Not Found", "<html>", "HTTP 404, not by etcd's v2 API",
		    "check the URL" },
		{ "400 Bad Request",
		    "Client sent an HTTP request to an HTTPS server.\n",
		    "it speaks TLS", "https://" },
		{ "500 Internal Server Error", ERROR("300", "9"), "error 300",
		    "it has no leader" },
		{ "500 Internal Server Error", ERROR("301", "9"), "error 301",
		    "it has no leader" },
		{ "200 OK", "<html>hello</html>", "none of etcd's v2 API",
		    "check the URL" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		registry_reopen(&w->registry);
		server_answer(
		    w->etcd, failures[i].status, "0", failures[i].body);
		asked_list(&w->a, &w->registry);
		expect_words(w, failures[i].words, failures[i].remedy);
		assert_non_null(strstr(w->a.why, server_url(w->etcd)));
	}
}

static void
test_what_speaks_something_else(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_CLOSE, "SSH-2.0-OpenSSH_9.2\r\n");
	asked_list(&w->a, &w->registry);
	expect_words(w, "does not speak HTTP", "check the URL");
	server_raw(w->other, THEN_CLOSE, " ");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
}

static void
test_a_body_without_end(void **state)
{
	struct world *w = *state;
	char *body = malloc((64 << 10) + 2);

	memset(body, ' ', (64 << 10) + 1);
	body[(64 << 10) + 1] = '\0';
	server_answer(w->etcd, "200 OK", "12", body);
	free(body);
	asked_list(&w->a, &w->registry);
	expect_words(w, "too large", "etcd-prefix");
}

static void
use(struct world *w, const char *url)
{
	registry_option(&w->registry, "etcd-endpoints", url);
	registry_reopen(&w->registry);
}

static void
test_who_cannot_be_reached(void **state)
{
	struct world *w = *state;
	char url[128];

	snprintf(url, sizeof(url), "http://%064d.invalid:2379", 7);
	use(w, url);
	asked_list(&w->a, &w->registry);
	expect_words(w, "name does not resolve", "DNS");
	use(w, "http://127.0.0.1:1");
	asked_list(&w->a, &w->registry);
	expect_words(w, "nothing listens there (Connection refused)",
	    "--listen-client-urls");
	assert_int_equal(registry_stat(&w->registry, "etcd_rotations"), 0);
}

/* A listener whose queue is full takes no connection, and refuses none. */
static void
test_a_connection_has_its_time(void **state)
{
	struct world *w = *state;
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	char url[64];
	int l = socket(AF_INET, SOCK_STREAM, 0), c[4];

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(l, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(l, 0), 0);
	getsockname(l, (struct sockaddr *)&sin, &len);
	for (int i = 0; i < 4; i++) {
		c[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(c[i], (struct sockaddr *)&sin, len);
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(sin.sin_port));
	use(w, url);
	asked_list(&w->a, &w->registry);
	for (int i = 0; i < 4; i++)
		close(c[i]);
	close(l);
	expect_words(w, "no answer in time", "for the connection");
	assert_int_equal(registry_stat(&w->registry, "etcd_timeouts"), 1);
}

/* It takes the connection, and the hello of TLS, and says nothing. */
static void
test_tls_has_its_time(void **state)
{
	struct world *w = *state;
	char url[64];

	server_raw(w->etcd, THEN_KEEP, "");
	snprintf(url, sizeof(url), "https%s", server_url(w->etcd) + 4);
	use(w, url);
	asked_list(&w->a, &w->registry);
	expect_words(w, "no answer in time", "for TLS");
	assert_string_equal(server_line(w->etcd, 0), "TLS");
}

/* ---- Who we are -------------------------------------------------------- */

/* "alice:secret", as HTTP has it. */
#define BASIC "\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n"

static void
log_in(struct world *w)
{
	struct registry *r = &w->registry;
	int fd;

	strcpy(w->file, "/tmp/rudder-password-XXXXXX");
	fd = mkstemp(w->file);
	assert_int_equal(write(fd, "secret\n", 7), 7);
	close(fd);
	registry_option(r, "etcd-username", "alice");
	registry_option(r, "etcd-password-file", w->file);
	registry_reopen(r);
}

static void
test_user_and_password_go_with_each_request(void **state)
{
	struct world *w = *state;

	log_in(w);
	for (int i = 0; i < 2; i++)
		server_answer(
		    w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	server_answer(w->etcd, "401 Unauthorized", "0", ERROR("110", "0"));
	asked_list(&w->a, &w->registry);
	asked_release(&w->a, &w->registry, KEY, 7);
	asked_list(&w->a, &w->registry);
	assert_null(strstr(w->a.why, "secret"));
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(server_heads(w->etcd, i), BASIC));
	assert_null(strstr(w->registry.env.line, "secret"));
}

static void
test_no_user_no_header(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->a, &w->registry);
	assert_null(strstr(server_heads(w->etcd, 0), "Authorization"));
}

static void
test_the_password_does_not_follow_a_redirect(void **state)
{
	struct world *w = *state;
	char raw[256];

	log_in(w);
	snprintf(raw, sizeof(raw),
	    "HTTP/1.1 307 X\r\nLocation: %s/leader\r\n"
	    "Content-Length: 0\r\n\r\n",
	    server_url(w->other));
	server_raw(w->etcd, THEN_KEEP, raw);
	server_answer(w->other, "200 OK", "31", LEASE("{}", "31"));
	asked_create(&w->a, &w->registry, KEY, "{}", 60);
	assert_int_equal(w->a.err, 0);
	assert_non_null(strstr(server_heads(w->etcd, 0), BASIC));
	assert_string_equal(server_line(w->other, 0), "PUT /leader");
	assert_null(strstr(server_heads(w->other, 0), "Authorization"));
}

/* ---- Clocks ------------------------------------------------------------ */

static void
answer_dated(struct world *w, time_t t)
{
	static const char body[] = ERROR("100", "12");
	char date[64], raw[512];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	snprintf(raw, sizeof(raw),
	    "HTTP/1.1 404 Not Found\r\nX-Etcd-Index: 12\r\nDate: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    date, strlen(body), body);
	server_raw(w->etcd, THEN_KEEP, raw);
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
}

static void
test_clocks_that_agree_are_not_worth_a_word(void **state)
{
	struct world *w = *state;

	answer_dated(w, time(NULL));
	answer_dated(w, time(NULL) + 25);
	answer_dated(w, time(NULL) - 25);
	assert_int_equal(w->registry.env.lines[RUDDER_WARNING], 0);
}

static void
test_clocks_apart_are_told_once(void **state)
{
	static const long apart[] = { 3600, -3600, 40, -40 };
	struct world *w = *state;
	unsigned *warnings = &w->registry.env.lines[RUDDER_WARNING];

	for (unsigned i = 0; i < 4; i++) {
		registry_reopen(&w->registry);
		for (int j = 0; j < 3; j++)
			answer_dated(w, time(NULL) + apart[i]);
		assert_int_equal(*warnings, i + 1);
		assert_non_null(
		    strstr(w->registry.env.line, server_url(w->etcd)));
		assert_non_null(strstr(w->registry.env.line, "NTP"));
	}
}

static void
test_a_date_that_is_none(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_KEEP,
	    "HTTP/1.1 200 OK\r\nX-Etcd-Index: 12\r\nDate: yesterday\r\n"
	    "Content-Length: 2\r\n\r\n{}");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->registry.env.lines[RUDDER_WARNING], 0);
}

/* ---- Where it is, and what it did -------------------------------------- */

static bool
is_within(struct world *w, uint32_t addr, uint8_t len)
{
	struct rudder_net net = { addr, len };

	return w->registry.ops->is_within(w->registry.impl, net);
}

static void
test_an_endpoint_by_its_address(void **state)
{
	struct world *w = *state;

	use(w, "http://10.1.2.3:2379,https://[fd00::1]:2379,http://a.invalid");
	assert_true(is_within(w, 0x0a010000, 16));
	assert_true(is_within(w, 0x0a010203, 32));
	assert_true(is_within(w, 0, 0));
	assert_false(is_within(w, 0x0a020000, 16));
}

/* As soon as there was a connection. */
static void
test_an_endpoint_by_its_name(void **state)
{
	struct world *w = *state;
	char url[64];

	snprintf(url, sizeof(url), "http://localhost%s",
	    strrchr(server_url(w->etcd), ':'));
	use(w, url);
	assert_false(is_within(w, 0x7f000000, 8));
	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
	assert_true(is_within(w, 0x7f000000, 8));
	assert_false(is_within(w, 0x0a000000, 8));
}

static void
test_what_it_did_is_counted(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	struct rudder_stat one;

	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	server_answer(w->etcd, "200 OK", "40", LEASE("{}", "12"));
	server_answer(w->etcd, "503 Unavailable", NULL, "");
	asked_list(&w->a, r);
	asked_watch(&w->a, r, 10);
	asked_list(&w->a, r);
	assert_int_equal(registry_stat(r, "etcd_requests"), 3);
	assert_int_equal(registry_stat(r, "etcd_polls"), 1);
	assert_int_equal(registry_stat(r, "etcd_answers"), 3);
	assert_int_equal(registry_stat(r, "etcd_errors"), 1);
	assert_int_equal(registry_stat(r, "etcd_timeouts"), 0);
	assert_int_equal(registry_stat(r, "etcd_rotations"), 1);
	assert_true(registry_stat(r, "etcd_rx_bytes") > 200);
	assert_int_equal(r->ops->stats(r->impl, &one, 1), 7);
	assert_int_equal(r->ops->stats(r->impl, NULL, 0), 7);
}

#define ETCD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ETCD_TEST(test_the_same_value_is_not_sent),
		ETCD_TEST(test_a_refresh_has_its_condition),
		ETCD_TEST(test_a_server_that_refuses_a_refresh),
		ETCD_TEST(test_a_value_that_a_refresh_lost_is_written_again),
		ETCD_TEST(test_each_server_is_known_for_itself),
		ETCD_TEST(test_the_second_write_has_its_condition_too),
		ETCD_TEST(test_release_is_a_delete_with_a_condition),
		ETCD_TEST(test_release_of_what_is_another),
		ETCD_TEST(test_a_silent_poll_is_asked_for_a_sign_of_life),
		ETCD_TEST(test_a_silent_poll_of_the_config),
		ETCD_TEST(test_a_poll_of_a_frozen_member_goes_elsewhere),
		ETCD_TEST(test_a_poll_without_a_head_goes_elsewhere),
		ETCD_TEST(
		    test_a_poll_of_a_member_without_a_leader_goes_elsewhere),
		ETCD_TEST(test_a_sign_of_life_of_other_data_is_lost),
		ETCD_TEST(test_a_sign_of_life_may_be_cancelled),
		ETCD_TEST(test_a_request_has_its_time),
		ETCD_TEST(test_each_failure_has_its_words),
		ETCD_TEST(test_what_speaks_something_else),
		ETCD_TEST(test_a_body_without_end),
		ETCD_TEST(test_who_cannot_be_reached),
		ETCD_TEST(test_a_connection_has_its_time),
		ETCD_TEST(test_tls_has_its_time),
		ETCD_TEST(test_user_and_password_go_with_each_request),
		ETCD_TEST(test_no_user_no_header),
		ETCD_TEST(test_the_password_does_not_follow_a_redirect),
		ETCD_TEST(test_clocks_that_agree_are_not_worth_a_word),
		ETCD_TEST(test_clocks_apart_are_told_once),
		ETCD_TEST(test_a_date_that_is_none),
		ETCD_TEST(test_an_endpoint_by_its_address),
		ETCD_TEST(test_an_endpoint_by_its_name),
		ETCD_TEST(test_what_it_did_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
