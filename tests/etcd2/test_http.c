/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "http.h"
#include "server.h"

/*
 * libcurl's look-ups come by here, in a thread of its own: "etcd.test" is
 * where the test says.
 */
static atomic_int lookups;
static _Atomic(const char *) etcd_test; /* NULL: nowhere */

__attribute__((visibility("default"))) int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (name != NULL && strcmp(name, "etcd.test") == 0) {
		lookups++;
		name = etcd_test;
		if (name == NULL)
			return EAI_NONAME;
	}
	return real(name, service, hints, list);
}

/* What came of a request. */
struct got {
	unsigned n;
	enum http_end end;
	char why[512];
	int status;
	char header[64], body[256];
	size_t size;
	unsigned heads;
	bool stop;
};

struct world {
	struct event_base *base;
	struct server *server;
	struct http_limits limits;
	struct http_creds creds;
	struct http *http;
	struct event *guard;
	bool late;
	struct got got;
	struct http_call *call;
};

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct world *w = arg;

	(void)fd;
	(void)what;
	w->late = true;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->base = event_base_new();
	w->server = server_new(w->base);
	w->limits = (struct http_limits){
		.connect = 30000, .request = 30000, .idle = 30000, .body = 200
	};
	w->guard = evtimer_new(w->base, on_late, w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	if (w->http != NULL)
		http_free(w->http);
	server_free(w->server);
	event_free(w->guard);
	event_base_free(w->base);
	free(w);
	return 0;
}

static bool
on_head(void *arg, int status, const char *header)
{
	struct world *w = arg;

	w->got.heads++;
	w->got.status = status;
	snprintf(w->got.header, sizeof(w->got.header), "%s",
	    header != NULL ? header : "");
	return !w->got.stop;
}

static void
on_done(void *arg, const struct http_answer *answer)
{
	struct world *w = arg;
	struct got *got = &w->got;

	got->n++;
	got->end = answer->end;
	snprintf(got->why, sizeof(got->why), "%s",
	    answer->why != NULL ? answer->why : "");
	got->status = answer->status;
	snprintf(got->header, sizeof(got->header), "%s",
	    answer->header != NULL ? answer->header : "");
	got->size = answer->size;
	snprintf(got->body, sizeof(got->body), "%.*s", (int)answer->size,
	    answer->body != NULL ? answer->body : "");
}

static void
start_url(struct world *w, const char *url, const char *form, bool poll)
{
	struct http_request request = {
		.url = url,
		.method = form != NULL ? "PUT" : NULL,
		.form = form,
		.header = "X-Etcd-Index",
		.poll = poll,
		.head = on_head,
		.done = on_done,
		.arg = w,
	};

	if (w->http == NULL)
		w->http = http_new(w->base, &w->limits, &w->creds);
	w->got.n = 0;
	w->got.heads = 0;
	assert_int_equal(http_start(w->http, &request, &w->call), 0);
	assert_int_equal(w->got.n, 0);
}

static void
start(struct world *w, const char *form, bool poll)
{
	char url[128];

	snprintf(url, sizeof(url), "%s/x?y=z", server_url(w->server));
	start_url(w, url, form, poll);
}

static void
run(struct world *w, bool (*is_so)(struct world *))
{
	struct timeval tv = { 60, 0 };

	event_add(w->guard, &tv);
	while (!w->late && !is_so(w))
		event_base_loop(w->base, EVLOOP_ONCE);
	event_del(w->guard);
	assert_false(w->late);
}

static bool
is_done(struct world *w)
{
	return w->got.n > 0;
}

static bool
is_asked(struct world *w)
{
	return server_requests(w->server) > 0;
}

static bool
has_head(struct world *w)
{
	return w->got.heads > 0;
}

/* ---- Whole answers ----------------------------------------------------- */

static void
test_get(void **state)
{
	struct world *w = *state;

	server_answer(w->server, "200 OK", "17", "hello");
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_WHOLE);
	assert_int_equal(w->got.status, 200);
	assert_string_equal(w->got.header, "17");
	assert_string_equal(w->got.body, "hello");
	assert_int_equal(w->got.heads, 1);
	assert_string_equal(server_line(w->server, 0), "GET /x?y=z");
}

static void
test_put(void **state)
{
	struct world *w = *state;

	server_answer(w->server, "201 Created", NULL, "");
	start(w, "value=%7B%7D&ttl=3", false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_WHOLE);
	assert_int_equal(w->got.status, 201);
	assert_string_equal(w->got.header, "");
	assert_int_equal(w->got.size, 0);
	assert_string_equal(server_line(w->server, 0), "PUT /x?y=z");
	assert_string_equal(server_body(w->server, 0), "value=%7B%7D&ttl=3");
}

static void
test_connection_is_used_again(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		server_answer(w->server, "200 OK", "1", "x");
		start(w, NULL, false);
		run(w, is_done);
	}
	assert_int_equal(server_requests(w->server), 3);
	assert_int_equal(server_connections(w->server), 1);
}

/* Method and body stay, and nobody sees the first head. */
static void
test_redirect_keeps_method_and_body(void **state)
{
	static const char *const statuses[] = { "307 Temporary Redirect",
		"301 Moved Permanently", "302 Found" };
	struct world *w = *state;
	char raw[256];

	for (int i = 0; i < 3; i++) {
		snprintf(raw, sizeof(raw),
		    "HTTP/1.1 %s\r\nX-Etcd-Index: 3\r\nLocation: "
		    "%s/leader?q\r\n"
		    "Content-Length: 4\r\n\r\ngone",
		    statuses[i], server_url(w->server));
		server_raw(w->server, THEN_KEEP, raw);
		server_answer(w->server, "201 Created", "18", "done");
		start(w, "value=7", false);
		run(w, is_done);
		assert_int_equal(w->got.end, HTTP_WHOLE);
		assert_int_equal(w->got.status, 201);
		assert_int_equal(w->got.heads, 1);
		assert_string_equal(w->got.header, "18");
		assert_string_equal(w->got.body, "done");
		assert_string_equal(
		    server_line(w->server, (size_t)i * 2 + 1), "PUT /leader?q");
		assert_string_equal(
		    server_body(w->server, (size_t)i * 2 + 1), "value=7");
	}
}

static void
test_redirects_have_an_end(void **state)
{
	struct world *w = *state;
	char raw[256];

	snprintf(raw, sizeof(raw),
	    "HTTP/1.1 307 X\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n",
	    server_url(w->server));
	for (int i = 0; i < 8; i++)
		server_raw(w->server, THEN_KEEP, raw);
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_non_null(strstr(w->got.why, "circles"));
}

static void
test_redirect_to_a_file_is_refused(void **state)
{
	struct world *w = *state;

	server_raw(w->server, THEN_KEEP,
	    "HTTP/1.1 307 X\r\nLocation: file:///etc/hostname\r\n"
	    "Content-Length: 0\r\n\r\n");
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_int_equal(w->got.size, 0);
}

/* What stands in a trailer is not in the head. */
static void
test_trailers_count_for_nothing(void **state)
{
	struct world *w = *state;

	server_raw(w->server, THEN_KEEP,
	    "HTTP/1.1 200 OK\r\nx-etcd-index:  7 \r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"
	    "2\r\nhi\r\n0\r\nX-Etcd-Index: 99\r\n\r\n");
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_WHOLE);
	assert_string_equal(w->got.header, "7");
	assert_int_equal(w->got.heads, 1);
}

/* ---- Broken ones ------------------------------------------------------- */

static void
test_no_answer_at_all(void **state)
{
	struct world *w = *state;

	server_raw(w->server, THEN_CLOSE, "HTTP");
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_int_equal(w->got.status, 0);
}

static void
test_not_http(void **state)
{
	struct world *w = *state;

	server_raw(w->server, THEN_CLOSE, "SSH-2.0-OpenSSH_9.2\r\n");
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
}

static void
expect_cut(struct world *w, const char *raw, const char *body)
{
	server_raw(w->server, THEN_CLOSE, raw);
	start(w, NULL, true);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_CUT);
	assert_int_equal(w->got.status, 200);
	assert_string_equal(w->got.header, "5");
	assert_string_equal(w->got.body, body);
}

static void
test_cut_in_the_body(void **state)
{
	struct world *w = *state;

	expect_cut(w,
	    "HTTP/1.1 200 OK\r\nX-Etcd-Index: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n",
	    "");
	expect_cut(w,
	    "HTTP/1.1 200 OK\r\nX-Etcd-Index: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
	    "hi");
	expect_cut(w,
	    "HTTP/1.1 200 OK\r\nX-Etcd-Index: 5\r\nContent-Length: 9\r\n\r\nhi",
	    "hi");
}

static void
test_too_large(void **state)
{
	struct world *w = *state;
	char body[202];

	memset(body, 'x', sizeof(body) - 1);
	body[201] = '\0';
	server_answer(w->server, "200 OK", "5", body);
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_non_null(strstr(w->got.why, "too large"));
	server_answer(w->server, "200 OK", "5", body + 1);
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_WHOLE);
	assert_int_equal(w->got.size, 200);
}

static void
test_refused(void **state)
{
	struct world *w = *state;
	struct server *other = server_new(w->base);
	char url[128];

	snprintf(url, sizeof(url), "%s/", server_url(other));
	server_free(other);
	start_url(w, url, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_non_null(strstr(w->got.why, "Connection refused"));
}

/* A label of more than 63 letters: no question leaves this host. */
static void
test_no_such_name(void **state)
{
	struct world *w = *state;
	char url[128];

	snprintf(url, sizeof(url), "http://%064d.invalid:2379/", 7);
	start_url(w, url, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_non_null(strstr(w->got.why, "name does not resolve"));
}

/* The name leads nowhere, then here, and then elsewhere. */
static void
test_a_name_is_looked_up_for_each_connection(void **state)
{
	static const char closing[] = "HTTP/1.1 200 OK\r\nConnection: close"
				      "\r\nContent-Length: 1\r\n\r\nx";
	static const char *const addresses[] = { NULL, "127.0.0.1", "127.0.0.1",
		"127.0.0.2", "127.0.0.1" };
	struct world *w = *state;
	char url[128];

	snprintf(url, sizeof(url), "http://etcd.test%s/",
	    strrchr(server_url(w->server), ':'));
	for (int i = 0; i < 3; i++)
		server_raw(w->server, THEN_CLOSE, closing);
	for (int i = 0; i < 5; i++) {
		bool here = addresses[i] != NULL &&
			    strcmp(addresses[i], "127.0.0.1") == 0;

		etcd_test = addresses[i];
		start_url(w, url, NULL, false);
		run(w, is_done);
		assert_int_equal(w->got.end, here ? HTTP_WHOLE : HTTP_FAILED);
		assert_true(lookups > i);
	}
	assert_int_equal(server_requests(w->server), 3);
}

static void
test_no_tls(void **state)
{
	struct world *w = *state;
	char url[128];

	server_raw(w->server, THEN_CLOSE, "HTTP/1.1 400 Bad Request\r\n\r\n");
	snprintf(url, sizeof(url), "https%s/", server_url(w->server) + 4);
	start_url(w, url, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_non_null(strstr(w->got.why, "no TLS"));
	assert_string_equal(server_line(w->server, 0), "TLS");
}

/* ---- Time limits ------------------------------------------------------- */

static void
test_request_has_a_limit(void **state)
{
	struct world *w = *state;

	w->limits.request = 20;
	server_head(w->server, "200 OK", "5");
	start(w, NULL, false);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_FAILED);
	assert_non_null(strstr(w->got.why, "no answer in time"));
}

static void
test_idle_poll_ends(void **state)
{
	struct world *w = *state;

	w->limits.idle = 20;
	server_head(w->server, "200 OK", "5");
	start(w, NULL, true);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_IDLE);
	assert_int_equal(w->got.status, 200);
	assert_int_equal(w->got.heads, 1);
}

/* As of a member that is frozen: the kernel still takes connections for it. */
static void
test_poll_without_a_head_ends_sooner(void **state)
{
	struct world *w = *state;

	w->limits.request = 20;
	start(w, NULL, true);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_IDLE);
	assert_int_equal(w->got.status, 0);
}

/* ---- Heads before bodies ----------------------------------------------- */

static void
test_head_comes_before_the_body(void **state)
{
	struct world *w = *state;

	server_head(w->server, "200 OK", "5");
	start(w, NULL, true);
	run(w, has_head);
	assert_int_equal(w->got.n, 0);
	assert_int_equal(w->got.status, 200);
	assert_string_equal(w->got.header, "5");
	server_chunk(w->server, "hel");
	server_chunk(w->server, "lo");
	server_more(w->server, THEN_KEEP, "0\r\n\r\n");
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_WHOLE);
	assert_string_equal(w->got.body, "hello");
}

static void
test_head_may_stop_it(void **state)
{
	struct world *w = *state;

	w->got.stop = true;
	server_head(w->server, "200 OK", "5");
	start(w, NULL, true);
	run(w, is_done);
	assert_int_equal(w->got.end, HTTP_STOPPED);
	assert_string_equal(w->got.header, "5");
}

/* ---- Cancel ------------------------------------------------------------ */

static bool
has_no_connections(struct world *w)
{
	return server_connections(w->server) == 0;
}

static void
test_cancel_at_each_moment(void **state)
{
	struct world *w = *state;

	start(w, NULL, false);
	http_cancel(w->call);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	assert_int_equal(w->got.n, 0);

	server_head(w->server, "200 OK", "5");
	start(w, NULL, false);
	run(w, is_asked);
	http_cancel(w->call);
	run(w, has_no_connections);
	assert_int_equal(w->got.n, 0);

	server_head(w->server, "200 OK", "5");
	start(w, NULL, true);
	run(w, has_head);
	http_cancel(w->call);
	run(w, has_no_connections);
	assert_int_equal(w->got.n, 0);
}

static void
test_free_cancels(void **state)
{
	struct world *w = *state;

	server_head(w->server, "200 OK", "5");
	start(w, NULL, true);
	start(w, NULL, false);
	run(w, is_asked);
	http_free(w->http);
	w->http = NULL;
	run(w, has_no_connections);
	assert_int_equal(w->got.n, 0);
}

/* An idle client keeps nobody's loop from ending. */
static void
test_nothing_is_pending_between_calls(void **state)
{
	struct world *w = *state;

	server_raw(w->server, THEN_CLOSE,
	    "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "Content-Length: 1\r\n\r\nx");
	start(w, NULL, false);
	run(w, is_done);
	run(w, has_no_connections);
	server_free(w->server);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	assert_int_equal(
	    event_base_get_num_events(w->base, EVENT_BASE_COUNT_ADDED), 0);
	w->server = server_new(w->base);
}

#define HTTP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HTTP_TEST(test_get),
		HTTP_TEST(test_put),
		HTTP_TEST(test_connection_is_used_again),
		HTTP_TEST(test_redirect_keeps_method_and_body),
		HTTP_TEST(test_redirects_have_an_end),
		HTTP_TEST(test_redirect_to_a_file_is_refused),
		HTTP_TEST(test_trailers_count_for_nothing),
		HTTP_TEST(test_no_answer_at_all),
		HTTP_TEST(test_not_http),
		HTTP_TEST(test_cut_in_the_body),
		HTTP_TEST(test_too_large),
		HTTP_TEST(test_refused),
		HTTP_TEST(test_no_such_name),
		HTTP_TEST(test_a_name_is_looked_up_for_each_connection),
		HTTP_TEST(test_no_tls),
		HTTP_TEST(test_request_has_a_limit),
		HTTP_TEST(test_idle_poll_ends),
		HTTP_TEST(test_poll_without_a_head_ends_sooner),
		HTTP_TEST(test_head_comes_before_the_body),
		HTTP_TEST(test_head_may_stop_it),
		HTTP_TEST(test_cancel_at_each_moment),
		HTTP_TEST(test_free_cancels),
		HTTP_TEST(test_nothing_is_pending_between_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
