/* SPDX-License-Identifier: Apache-2.0 */
/* The module against an etcd that says what we want it to say. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "registry.h"
#include "server.h"

#define KEYS "/v2/keys/coreos.com/network"
#define SUBNETS "/coreos.com/network/subnets"
#define NODE(key, value, index)                                                \
	"{\"action\":\"set\",\"node\":{\"key\":\"" key "\",\"value\":\"" value \
	"\",\"modifiedIndex\":" index ",\"createdIndex\":" index "}}"
#define GONE(key, index)                                  \
	"{\"action\":\"delete\",\"node\":{\"key\":\"" key \
	"\",\"modifiedIndex\":" index ",\"createdIndex\":1}}"
#define ERROR(code, index)                                   \
	"{\"errorCode\":" code ",\"message\":\"A message\"," \
	"\"cause\":\"a cause\",\"index\":" index "}"
#define LEASE NODE(SUBNETS "/10.1.5.0-24", "{}", "31")

/* Two of them; each test uses the second or not. */
struct world {
	struct event_base *base; /* the registry's */
	struct registry registry;
	struct server *etcd, *other;
	char endpoints[256];
	size_t awaited; /* requests */
	struct asked a, b;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct registry *r = &w->registry;
	struct event_base *base;

	/* The servers' ports are options of the registry. */
	r->env.options[0].name = "etcd-endpoints";
	r->env.options[0].value = "http://127.0.0.1:1";
	registry_open(r);
	r->ops->close(r->impl);
	base = r->base;
	w->base = base;
	w->etcd = server_new(base);
	w->other = server_new(base);
	snprintf(w->endpoints, sizeof(w->endpoints), "%s,%s",
	    server_url(w->etcd), server_url(w->other));
	r->env.options[0].value = w->endpoints;
	assert_int_equal(r->ops->open(&r->env.env, &r->impl), 0);
	asked_init(&w->a, r);
	asked_init(&w->b, r);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	server_free(w->etcd);
	server_free(w->other);
	registry_close(r);
	free(w);
	return 0;
}

static void
run_a_little(struct world *w)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
}

static bool
is_asked(void *arg)
{
	const struct world *w = arg;

	return server_requests(w->etcd) >= w->awaited;
}

/* The watch has reached etcd. */
static void
begin_watch(struct world *w, struct asked *a, uint64_t index)
{
	struct registry *r = &w->registry;

	w->awaited = server_requests(w->etcd) + 1;
	a->request.index = index;
	assert_int_equal(r->ops->watch(r->impl, &a->request), 0);
	registry_run(r, is_asked, w);
	assert_int_equal(a->answers, 0);
}

/* ---- Config ------------------------------------------------------------ */

static void
test_config_now(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "12",
	    NODE("/coreos.com/network/config", "{}", "4"));
	asked_config(&w->a, &w->registry, 0);
	assert_int_equal(w->a.err, 0);
	assert_string_equal(w->a.config, "{}");
	assert_int_equal(w->a.index, 13);
	assert_string_equal(
	    server_line(w->etcd, 0), "GET " KEYS "/config?quorum=true");
}

static void
test_config_that_is_not_there(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	asked_config(&w->a, &w->registry, 0);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	assert_int_equal(w->a.index, 13);
	assert_non_null(strstr(w->a.why, server_url(w->etcd)));
}

static void
test_config_that_comes(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "12",
	    NODE("/coreos.com/network/config", "{}", "20"));
	asked_config(&w->a, &w->registry, 13);
	assert_int_equal(w->a.err, 0);
	assert_string_equal(w->a.config, "{}");
	assert_int_equal(w->a.index, 21);
	assert_string_equal(server_line(w->etcd, 0),
	    "GET " KEYS "/config?wait=true&waitIndex=13");
}

static void
test_config_that_does_not_come(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_KEEP, "");
	w->awaited = 1;
	w->a.request.index = 13;
	w->registry.ops->config(w->registry.impl, &w->a.request);
	registry_run(&w->registry, is_asked, w);
	w->registry.env.now += 1000;
	server_more(w->etcd, THEN_CLOSE,
	    "HTTP/1.1 200 OK\r\nX-Etcd-Index: 12\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n");
	asked_wait(&w->a);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
	assert_int_equal(w->a.index, 13);
}

/* ---- List -------------------------------------------------------------- */

static void
test_list(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "12",
	    "{\"action\":\"get\",\"node\":{\"key\":\"" SUBNETS
	    "\",\"dir\":true,\"nodes\":[{\"key\":\"" SUBNETS
	    "/10.1.5.0-24\",\"value\":\"{}\",\"ttl\":60,"
	    "\"expiration\":\"2030-01-01T00:00:00Z\",\"modifiedIndex\":9},"
	    "{\"key\":\"" SUBNETS "/note\",\"value\":\"x\"}]}}");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, 13);
	assert_int_equal(w->a.n, 1);
	assert_string_equal(w->a.records[0].key, "10.1.5.0-24");
	assert_string_equal(w->a.records[0].value, "{}");
	assert_int_equal(w->a.records[0].version, 9);
	assert_int_equal(w->a.records[0].ttl, 60);
	assert_string_equal(server_line(w->etcd, 0),
	    "GET " KEYS "/subnets?recursive=true&quorum=true");
}

static void
test_foreign_keys_are_a_warning_once(void **state)
{
	struct world *w = *state;
	struct test_env *env = &w->registry.env;

	for (int i = 0; i < 3; i++) {
		server_answer(w->etcd, "200 OK", "12",
		    "{\"node\":{\"dir\":true,\"nodes\":[{\"key\":\"" SUBNETS
		    "/note\",\"value\":\"x\"}]}}");
		asked_list(&w->a, &w->registry);
		assert_int_equal(w->a.err, 0);
	}
	assert_int_equal(env->lines[RUDDER_WARNING], 1);
	assert_non_null(strstr(env->line, SUBNETS "/note"));
	assert_null(strstr(env->line, "more"));
	assert_int_equal(env->lines[RUDDER_ERROR], 0);
	assert_int_equal(env->lines[RUDDER_INFO], 0);
}

static void
test_list_of_no_directory(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, 13);
	assert_int_equal(w->a.n, 0);
}

/* ---- Writes ------------------------------------------------------------ */

static void
test_create(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "201 Created", "31", LEASE);
	asked_create(&w->a, &w->registry, "10.1.5.0-24",
	    "{\"PublicIP\":\"1.2.3.4\"}&ttl=0 +%", 86400);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.n, 1);
	assert_string_equal(w->a.records[0].key, "10.1.5.0-24");
	assert_string_equal(
	    w->a.records[0].value, "{\"PublicIP\":\"1.2.3.4\"}&ttl=0 +%");
	assert_int_equal(w->a.records[0].version, 31);
	assert_string_equal(server_line(w->etcd, 0),
	    "PUT " KEYS "/subnets/10.1.5.0-24?prevExist=false");
	assert_string_equal(server_body(w->etcd, 0),
	    "value=%7B%22PublicIP%22%3A%221.2.3.4%22%7D%26ttl%3D0%20%2B%25"
	    "&ttl=86400");
}

static void
test_create_of_what_is_taken(void **state)
{
	struct world *w = *state;

	server_answer(
	    w->etcd, "412 Precondition Failed", "31", ERROR("105", "31"));
	asked_create(&w->a, &w->registry, "10.1.5.0-24", "{}", 60);
	assert_int_equal(w->a.err, RUDDER_EEXISTS);
	assert_int_equal(w->a.n, 0);
}

/* A ttl of 0 says "no end" to us, and "at once" to etcd. */
static void
test_a_reservation_has_no_ttl(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "201 Created", "31", LEASE);
	asked_create(&w->a, &w->registry, "10.1.5.0-24", "", 0);
	assert_int_equal(w->a.records[0].ttl, 0);
	assert_string_equal(server_body(w->etcd, 0), "value=");
}

static void
test_renew(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "31", LEASE);
	asked_renew(&w->a, &w->registry, "10.1.5.0-24", "{}", 60, 30);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.records[0].version, 31);
	assert_string_equal(server_line(w->etcd, 0),
	    "PUT " KEYS "/subnets/10.1.5.0-24?prevIndex=30");
	assert_string_equal(server_body(w->etcd, 0), "value=%7B%7D&ttl=60");
}

static void
test_renew_of_what_is_another(void **state)
{
	struct world *w = *state;

	server_answer(
	    w->etcd, "412 Precondition Failed", "31", ERROR("101", "31"));
	server_answer(w->etcd, "404 Not Found", "31", ERROR("100", "31"));
	asked_renew(&w->a, &w->registry, "10.1.5.0-24", "{}", 60, 30);
	assert_int_equal(w->a.err, RUDDER_ECHANGED);
	asked_renew(&w->a, &w->registry, "10.1.5.0-24", "{}", 60, 30);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
}

/* To etcd it would be no condition (F12). */
static void
test_renew_of_version_0_is_refused(void **state)
{
	struct world *w = *state;

	asked_subnet(&w->a, "10.1.5.0-24", "{}", 60);
	assert_int_equal(
	    w->registry.ops->renew(w->registry.impl, &w->a.request), -EINVAL);
	run_a_little(w);
	assert_int_equal(w->a.answers, 0);
	assert_int_equal(server_requests(w->etcd), 0);
}

static void
test_a_write_follows_to_the_leader(void **state)
{
	struct world *w = *state;
	char raw[256];

	snprintf(raw, sizeof(raw),
	    "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/leader?q=1\r\n"
	    "Content-Length: 0\r\n\r\n",
	    server_url(w->other));
	server_raw(w->etcd, THEN_KEEP, raw);
	server_answer(w->other, "201 Created", "31", LEASE);
	asked_create(&w->a, &w->registry, "10.1.5.0-24", "{}", 60);
	assert_int_equal(w->a.err, 0);
	assert_string_equal(server_line(w->other, 0), "PUT /leader?q=1");
	assert_string_equal(server_body(w->other, 0), "value=%7B%7D&ttl=60");
}

/* ---- Watch ------------------------------------------------------------- */

/* From the past: all of it comes at once. */
static void
test_watch_of_the_past(void **state)
{
	struct world *w = *state;

	server_answer(
	    w->etcd, "200 OK", "40", NODE(SUBNETS "/10.1.5.0-24", "{}", "12"));
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, 13);
	assert_int_equal(w->a.n, 1);
	assert_string_equal(server_line(w->etcd, 0),
	    "GET " KEYS "/subnets?recursive=true&wait=true&waitIndex=10");
}

/* From now on: a head at once, and the index in it is older than the event. */
static void
test_watch_of_the_future(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	begin_watch(w, &w->a, 10);
	server_chunk(w->etcd, GONE(SUBNETS "/10.1.5.0-24", "12"));
	run_a_little(w);
	server_more(w->etcd, THEN_KEEP, "0\r\n\r\n");
	asked_wait(&w->a);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, 13);
	assert_true(w->a.records[0].gone);
}

static void
test_watch_of_what_is_no_lease(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "9", NODE(SUBNETS "/note", "x", "12"));
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, 13);
	assert_int_equal(w->a.n, 0);
	assert_int_equal(w->registry.env.lines[RUDDER_WARNING], 1);
}

static void
test_watch_of_an_ancestor_that_goes(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "12", GONE("/coreos.com", "12"));
	server_answer(w->etcd, "200 OK", "12", GONE("/coreos.com/net", "12"));
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, RUDDER_ELOST);
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(w->a.index, 13);
	assert_int_equal(w->a.n, 0);
}

static void
test_watch_of_cleared_history(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "400 Bad Request", "1123", ERROR("401", "1123"));
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, RUDDER_ELOST);
	assert_int_equal(server_requests(w->other), 0);
}

/* The head of a wiped etcd's answer comes, its body never (F16). */
static void
test_watch_of_an_index_that_went_back(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "4");
	server_head(w->etcd, "200 OK", "4");
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, RUDDER_ELOST);
	asked_config(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, RUDDER_ELOST);
}

/* Errors have an index of 0: that is no past. */
static void
test_an_error_does_not_go_back(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "401 Unauthorized", "0", ERROR("110", "0"));
	asked_watch(&w->a, &w->registry, 10);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
}

/* Without a terminator, as when etcd stops (F09, E-14). */
static void
test_a_watch_that_ends_without_an_event(void **state)
{
	static const char *const endings[] = { "", "0\r\n\r\n",
		"9\r\n{\"action\r\n", "9\r\n{\"acti" };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		server_head(w->etcd, "200 OK", "9");
		begin_watch(w, asked_init(&w->a, &w->registry), 10);
		w->registry.env.now += 1000;
		server_more(w->etcd, THEN_CLOSE, endings[i]);
		asked_wait(&w->a);
		assert_int_equal(w->a.err, 0);
		assert_int_equal(w->a.index, 10);
		assert_int_equal(w->a.n, 0);
	}
}

/* To ask again at once would be a tight loop (F10). */
static void
test_a_watch_that_ends_at_once_is_an_error(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	begin_watch(w, &w->a, 10);
	w->registry.env.now += 999;
	server_more(w->etcd, THEN_CLOSE, "");
	asked_wait(&w->a);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->a.why, server_url(w->etcd)));
}

static void
test_a_cut_list_is_an_error(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_CLOSE,
	    "HTTP/1.1 200 OK\r\nX-Etcd-Index: 9\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"
	    "13\r\n{\"node\":{\"dir\":true}}\r\n");
	asked_list(&w->a, &w->registry);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	assert_int_equal(w->a.n, 0);
}

/* ---- Of no use: the next endpoint -------------------------------------- */

static void
expect_rotation(struct world *w, const char *words)
{
	server_answer(w->other, "200 OK", "12",
	    NODE("/coreos.com/network/config", "{}", "4"));
	asked_config(&w->a, &w->registry, 0);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->a.why, server_url(w->etcd)));
	assert_non_null(strstr(w->a.why, words));
	asked_config(&w->a, &w->registry, 0);
	assert_int_equal(w->a.err, 0);
	assert_int_equal(server_requests(w->other), 1);
	/* The good one is remembered. */
	server_answer(w->other, "404 Not Found", "12", ERROR("100", "12"));
	asked_config(&w->a, &w->registry, 0);
	assert_int_equal(w->a.err, RUDDER_ENOTFOUND);
}

static void
test_nonsense_is_of_no_use(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "200 OK", "12", "<html>");
	expect_rotation(w, "none of etcd's");
}

static void
test_v2_that_is_off_is_of_no_use(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "404 Not Found", NULL, "404 page not found\n");
	expect_rotation(w, "ETCD_ENABLE_V2=true");
}

static void
test_an_etcd_without_a_leader_is_of_no_use(void **state)
{
	struct world *w = *state;

	server_answer(
	    w->etcd, "500 Internal Server Error", "12", ERROR("300", "12"));
	expect_rotation(w, "a cause");
}

static void
test_wrong_credentials_are_of_no_use(void **state)
{
	struct world *w = *state;

	server_answer(w->etcd, "401 Unauthorized", "0", ERROR("110", "0"));
	expect_rotation(w, "110");
}

static void
test_an_etcd_that_hangs_up_is_of_no_use(void **state)
{
	struct world *w = *state;

	server_raw(w->etcd, THEN_CLOSE, " ");
	expect_rotation(w, "etcd at ");
}

/* The first endpoint is one at which nobody listens. */
static void
use_one_that_is_down(struct world *w, char *url, size_t size)
{
	struct registry *r = &w->registry;
	struct server *down = server_new(w->base);

	snprintf(url, size, "%s", server_url(down));
	server_free(down);
	snprintf(w->endpoints, sizeof(w->endpoints), "%s,%s", url,
	    server_url(w->etcd));
	r->ops->close(r->impl);
	assert_int_equal(r->ops->open(&r->env.env, &r->impl), 0);
}

static void
test_an_etcd_that_is_down_is_of_no_use(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	char url[64];

	use_one_that_is_down(w, url, sizeof(url));
	server_answer(w->etcd, "201 Created", "31", LEASE);
	asked_create(&w->a, r, "10.1.5.0-24", "{}", 60);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	assert_non_null(strstr(w->a.why, url));
	assert_non_null(strstr(w->a.why, "Connection refused"));
	asked_create(&w->a, r, "10.1.5.0-24", "{}", 60);
	assert_int_equal(w->a.err, 0);
}

/* A watch stays where it is while others move on; its late end changes
 * nothing. */
static void
test_a_watch_stays_where_it_is(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	server_answer(w->etcd, "503 Unavailable", NULL, "");
	server_answer(w->other, "404 Not Found", "12", ERROR("100", "12"));
	server_answer(w->other, "404 Not Found", "12", ERROR("100", "12"));
	begin_watch(w, &w->a, 10);
	asked_list(&w->b, &w->registry);
	assert_int_equal(w->b.err, RUDDER_EREGISTRY);
	asked_list(&w->b, &w->registry);
	assert_int_equal(w->b.err, 0);
	assert_int_equal(w->a.answers, 0);
	server_free(w->etcd);
	asked_wait(&w->a);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	asked_list(&w->b, &w->registry);
	assert_int_equal(w->b.err, 0);
	w->etcd = server_new(w->base);
}

/* ---- done() and cancel() ----------------------------------------------- */

static void
ask_again(struct asked *a)
{
	struct registry *r = a->registry;

	assert_null(a->request.impl);
	if (a->answers == 3)
		return;
	assert_int_equal(r->ops->config(r->impl, &a->request), 0);
}

static bool
has_three(void *arg)
{
	const struct asked *a = arg;

	return a->answers == 3;
}

static void
test_a_request_may_begin_again_inside_of_done(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	for (int i = 0; i < 3; i++)
		server_answer(w->etcd, "200 OK", "12",
		    NODE("/coreos.com/network/config", "{}", "4"));
	w->a.then = ask_again;
	assert_int_equal(r->ops->config(r->impl, &w->a.request), 0);
	registry_run(r, has_three, &w->a);
	run_a_little(w);
	assert_int_equal(w->a.answers, 3);
	assert_int_equal(server_requests(w->etcd), 3);
}

static void
cancel_other(struct asked *a)
{
	struct world *w =
	    (struct world *)(void *)((char *)a - offsetof(struct world, a));
	struct registry *r = a->registry;

	assert_non_null(w->b.request.impl);
	r->ops->cancel(r->impl, &a->request); /* it ended: nothing */
	r->ops->cancel(r->impl, &w->b.request);
}

/* Both fail at once, so b has ended and waits for its done(). */
static void
test_others_may_be_cancelled_inside_of_done(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	char url[64];

	use_one_that_is_down(w, url, sizeof(url));
	w->a.then = cancel_other;
	assert_int_equal(r->ops->list(r->impl, &w->a.request), 0);
	assert_int_equal(r->ops->list(r->impl, &w->b.request), 0);
	asked_wait(&w->a);
	assert_int_equal(w->a.err, RUDDER_EREGISTRY);
	run_a_little(w);
	assert_int_equal(w->b.answers, 0);
	assert_null(w->b.request.impl);
}

/* b runs on, as nothing has come of it yet. */
static void
test_running_ones_may_be_cancelled_inside_of_done(void **state)
{
	struct world *w = *state;

	server_head(w->etcd, "200 OK", "9");
	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	begin_watch(w, &w->b, 10);
	w->a.then = cancel_other;
	assert_int_equal(
	    w->registry.ops->list(w->registry.impl, &w->a.request), 0);
	asked_wait(&w->a);
	run_a_little(w);
	assert_int_equal(w->b.answers, 0);
}

static bool
is_left(void *arg)
{
	const struct world *w = arg;

	return server_connections(w->etcd) == 0;
}

static void
test_cancel_is_silent_at_each_moment(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	r->ops->cancel(r->impl, &w->a.request); /* never begun */

	assert_int_equal(r->ops->list(r->impl, &w->a.request), 0);
	r->ops->cancel(r->impl, &w->a.request);
	r->ops->cancel(r->impl, &w->a.request);
	run_a_little(w);

	server_head(w->etcd, "200 OK", "9");
	begin_watch(w, &w->a, 10);
	server_chunk(w->etcd, "{\"act");
	run_a_little(w);
	r->ops->cancel(r->impl, &w->a.request);
	registry_run(r, is_left, w);
	assert_int_equal(w->a.answers, 0);

	/* What was cancelled left nothing behind. */
	server_answer(w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	asked_list(&w->b, r);
	assert_int_equal(w->b.err, 0);
}

static void
test_close_cancels(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;

	server_head(w->etcd, "200 OK", "9");
	w->a.request.index = 10;
	assert_int_equal(r->ops->watch(r->impl, &w->a.request), 0);
	assert_int_equal(r->ops->list(r->impl, &w->b.request), 0);
	w->awaited = 1;
	registry_run(r, is_asked, w);
	r->ops->close(r->impl);
	run_a_little(w);
	assert_int_equal(w->a.answers, 0);
	assert_int_equal(w->b.answers, 0);
	assert_int_equal(r->ops->open(&r->env.env, &r->impl), 0);
}

static void
test_two_registries_in_one_loop(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	void *second;

	assert_int_equal(r->ops->open(&r->env.env, &second), 0);
	for (int i = 0; i < 2; i++)
		server_answer(
		    w->etcd, "404 Not Found", "12", ERROR("100", "12"));
	assert_int_equal(r->ops->list(second, &w->a.request), 0);
	assert_int_equal(r->ops->list(r->impl, &w->b.request), 0);
	asked_wait(&w->b);
	asked_wait(&w->a);
	r->ops->close(second);
}

static void
test_a_bad_option_opens_nothing(void **state)
{
	struct world *w = *state;
	struct registry *r = &w->registry;
	void *second = NULL;

	r->env.options[0].value = "localhost:2379";
	assert_int_equal(r->ops->open(&r->env.env, &second), RUDDER_EOPTION);
	assert_null(second);
	assert_int_equal(r->env.lines[RUDDER_ERROR], 1);
	assert_non_null(strstr(r->env.line, "etcd-endpoints"));
	assert_non_null(strstr(r->env.line, "localhost:2379"));
	assert_non_null(strstr(r->env.line, "http://"));
}

#define ETCD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ETCD_TEST(test_config_now),
		ETCD_TEST(test_config_that_is_not_there),
		ETCD_TEST(test_config_that_comes),
		ETCD_TEST(test_config_that_does_not_come),
		ETCD_TEST(test_list),
		ETCD_TEST(test_foreign_keys_are_a_warning_once),
		ETCD_TEST(test_list_of_no_directory),
		ETCD_TEST(test_create),
		ETCD_TEST(test_create_of_what_is_taken),
		ETCD_TEST(test_a_reservation_has_no_ttl),
		ETCD_TEST(test_renew),
		ETCD_TEST(test_renew_of_what_is_another),
		ETCD_TEST(test_renew_of_version_0_is_refused),
		ETCD_TEST(test_a_write_follows_to_the_leader),
		ETCD_TEST(test_watch_of_the_past),
		ETCD_TEST(test_watch_of_the_future),
		ETCD_TEST(test_watch_of_what_is_no_lease),
		ETCD_TEST(test_watch_of_an_ancestor_that_goes),
		ETCD_TEST(test_watch_of_cleared_history),
		ETCD_TEST(test_watch_of_an_index_that_went_back),
		ETCD_TEST(test_an_error_does_not_go_back),
		ETCD_TEST(test_a_watch_that_ends_without_an_event),
		ETCD_TEST(test_a_watch_that_ends_at_once_is_an_error),
		ETCD_TEST(test_a_cut_list_is_an_error),
		ETCD_TEST(test_nonsense_is_of_no_use),
		ETCD_TEST(test_v2_that_is_off_is_of_no_use),
		ETCD_TEST(test_an_etcd_without_a_leader_is_of_no_use),
		ETCD_TEST(test_wrong_credentials_are_of_no_use),
		ETCD_TEST(test_an_etcd_that_hangs_up_is_of_no_use),
		ETCD_TEST(test_an_etcd_that_is_down_is_of_no_use),
		ETCD_TEST(test_a_watch_stays_where_it_is),
		ETCD_TEST(test_a_request_may_begin_again_inside_of_done),
		ETCD_TEST(test_others_may_be_cancelled_inside_of_done),
		ETCD_TEST(test_running_ones_may_be_cancelled_inside_of_done),
		ETCD_TEST(test_cancel_is_silent_at_each_moment),
		ETCD_TEST(test_close_cancels),
		ETCD_TEST(test_two_registries_in_one_loop),
		ETCD_TEST(test_a_bad_option_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
