/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "call.h"

/* A poll that ends within this many ms, and without an event, is a fault. */
#define POLL_AT_LEAST 1000

/* Seconds between two clocks that are not worth a word. */
#define CLOCKS_APART 30

struct call {
	LIST_ENTRY(call) link;
	struct etcd2 *etcd;
	struct rudder_request *request;
	struct reply_question question;
	enum reply_to to; /* what was asked first */
	struct http_call *http;
	size_t endpoint;
	uint64_t begun;
};

/* ---- Ask --------------------------------------------------------------- */

static bool on_head(void *arg, int status, const char *index);
static void on_http(void *arg, const struct http_answer *);

static int
call_start(struct call *call, const char *url, const char *form)
{
	struct etcd2 *etcd = call->etcd;
	enum reply_to to = call->question.to;
	struct http_request request = {
		.url = url,
		.method = ask_method(to),
		.form = form,
		.header = "X-Etcd-Index",
		.poll = ask_is_poll(to),
		.head = ask_is_poll(to) ? on_head : NULL,
		.done = on_http,
		.arg = call,
	};
	int rc = http_start(etcd->http, &request, &call->http);

	if (rc < 0)
		return rc;
	etcd->env->log(
	    etcd->env, RUDDER_DEBUG, "etcd: %s %s", request.method, url);
	etcd->counts[CALL_REQUESTS]++;
	etcd->counts[CALL_POLLS] += request.poll;
	return 0;
}

static int
call_send(struct call *call)
{
	char *url = ask_url(&call->question, call->etcd->settings.url);
	char *form = NULL;
	int rc = -ENOMEM;

	if (url != NULL)
		rc = ask_form(&call->question, &form);
	if (rc == 0)
		rc = call_start(call, url, form);
	free(url);
	free(form);
	return rc;
}

static struct call *
call_new(struct etcd2 *etcd, struct rudder_request *request, enum reply_to to)
{
	struct endpoints *endpoints = &etcd->settings.endpoints;
	struct call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->etcd = etcd;
	call->request = request;
	call->to = to;
	call->endpoint = endpoints->current;
	call->begun = etcd->env->now(etcd->env);
	if (to == REPLY_REFRESH && endpoints->all[call->endpoint].no_refresh)
		to = REPLY_RENEW;
	call->question = (struct reply_question){
		.to = to,
		.endpoint = endpoints->all[call->endpoint].url,
		.config = etcd->settings.config,
		.subnets = etcd->settings.subnets,
		.subnet = request->subnet,
		.value = request->value,
		.ttl = request->ttl,
		.version = request->version,
		.index = request->index,
	};
	return call;
}

int
call_ask(struct etcd2 *etcd, struct rudder_request *request, enum reply_to to)
{
	struct call *call = call_new(etcd, request, to);
	int rc;

	request->impl = NULL;
	if (call == NULL)
		return -ENOMEM;
	rc = call_send(call);
	if (rc < 0) {
		free(call);
		return rc;
	}
	request->impl = call;
	LIST_INSERT_HEAD(&etcd->calls, call, link);
	return 0;
}

void
call_cancel(struct call *call)
{
	call->request->impl = NULL;
	http_cancel(call->http);
	LIST_REMOVE(call, link);
	free(call);
}

void
call_cancel_all(struct etcd2 *etcd)
{
	struct call *call;

	while ((call = LIST_FIRST(&etcd->calls)) != NULL)
		call_cancel(call);
}

/* ---- From HTTP to an answer -------------------------------------------- */

static bool
on_head(void *arg, int status, const char *index)
{
	const struct call *call = arg;

	return !reply_went_back(status, index, call->question.index);
}

static void
read_bytes(struct reply *reply, const struct call *call,
    const struct http_answer *http)
{
	struct reply_http bytes = {
		.status = http->status,
		.index = http->header,
		.body = http->body,
		.size = http->size,
		.cut = http->end != HTTP_WHOLE,
	};

	reply_read(reply, &call->question, &bytes);
}

/* Would asking again at once be a tight loop (F09, F10)? */
static bool
is_too_soon(const struct call *call)
{
	const struct rudder_env *env = call->etcd->env;

	return env->now(env) - call->begun < POLL_AT_LEAST;
}

static void
read_http(struct reply *reply, const struct call *call,
    const struct http_answer *http)
{
	const struct reply_question *q = &call->question;

	if (http->end == HTTP_STOPPED)
		reply_fail(reply, q, RUDDER_ELOST,
		    "its index is %s, we were at %" PRIu64
		    ": its data is another by now",
		    http->header, q->index);
	else if (http->end == HTTP_WHOLE ||
		 (http->end == HTTP_CUT && ask_is_poll(q->to)))
		read_bytes(reply, call, http);
	else if (http->end == HTTP_IDLE)
		reply_quiet(reply, q);
	else
		reply_fail(reply, q, RUDDER_EREGISTRY, "%s", http->why);
	if (reply->quiet && http->end != HTTP_IDLE && is_too_soon(call)) {
		reply_fini(reply);
		reply_fail(reply, q, RUDDER_EREGISTRY,
		    "it ends a long poll at once: name etcd itself, no proxy");
	}
}

/* ---- A second request -------------------------------------------------- */

/* Others have left it already: the next poll goes elsewhere in any case. */
static bool
is_in_doubt(const struct call *call, const struct http_answer *http)
{
	return http->end == HTTP_IDLE &&
	       call->endpoint == call->etcd->settings.endpoints.current;
}

/* Is there one? Then the reply to the first is of no more use. */
static bool
ask_again(
    struct call *call, struct reply *reply, const struct http_answer *http)
{
	struct endpoints *endpoints = &call->etcd->settings.endpoints;
	struct reply_question *q = &call->question;

	if (reply->refused) {
		endpoints->all[call->endpoint].no_refresh = true;
		q->to = REPLY_RENEW;
		q->version = reply->version;
	} else if (is_in_doubt(call, http)) {
		q->to = REPLY_PROBE;
	} else {
		return false;
	}
	reply_fini(reply);
	if (call_send(call) == 0)
		return true;
	reply_fail(reply, q, RUDDER_EREGISTRY, "out of memory");
	return false;
}

/* The poll was in doubt, and there is no doubt any more. */
static void
end_probe(struct call *call, struct reply *reply)
{
	if (call->question.to != REPLY_PROBE || reply->answer.err != 0)
		return;
	reply_fini(reply);
	call->question.to = call->to;
	reply_quiet(reply, &call->question);
}

/* ---- What is told and counted by the way ------------------------------- */

/* A warning for the first: they are there each time. */
static void
tell_foreign(struct etcd2 *etcd, const struct reply *reply)
{
	const struct rudder_env *env = etcd->env;
	char more[40] = "";

	if (reply->foreign == 0)
		return;
	if (reply->foreign > 1)
		snprintf(
		    more, sizeof(more), ", and %zu more", reply->foreign - 1);
	env->log(env, etcd->warned_foreign ? RUDDER_DEBUG : RUDDER_WARNING,
	    "etcd: %s is not a lease of a subnet%s: ignored",
	    reply->foreign_key, more);
	etcd->warned_foreign = true;
}

static void
say_time(char text[32], time_t t)
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strcpy(text, "?");
}

/* Leases live by etcd's clock, and certificates and logs by both (F17). */
static void
tell_clock(const struct call *call, long ahead)
{
	const struct rudder_env *env = call->etcd->env;
	time_t now = time(NULL);
	char ours[32], theirs[32];

	if (labs(ahead) <= CLOCKS_APART || call->etcd->warned_clock)
		return;
	say_time(ours, now);
	say_time(theirs, now + ahead);
	env->log(env, RUDDER_WARNING,
	    "etcd at %s: its clock says %s UTC and ours %s, %ld seconds apart: "
	    "let both be set by NTP",
	    call->question.endpoint, theirs, ours, labs(ahead));
	call->etcd->warned_clock = true;
}

static void
count(struct call *call, const struct http_answer *http)
{
	uint64_t *counts = call->etcd->counts;

	counts[CALL_ANSWERS] += http->end == HTTP_WHOLE;
	counts[CALL_TIMEOUTS] += http->late;
	counts[CALL_BYTES] += http->received;
	endpoints_met(
	    &call->etcd->settings.endpoints, call->endpoint, http->address);
	tell_clock(call, http->ahead);
}

/* ---- The end ----------------------------------------------------------- */

static void
leave_endpoint(const struct call *call)
{
	struct etcd2 *etcd = call->etcd;

	etcd->counts[CALL_ERRORS]++;
	if (endpoints_failed(&etcd->settings.endpoints, call->endpoint))
		etcd->counts[CALL_ROTATIONS]++;
}

static void
on_http(void *arg, const struct http_answer *http)
{
	struct call *call = arg;
	struct rudder_request *request = call->request;
	struct reply reply;

	count(call, http);
	read_http(&reply, call, http);
	tell_foreign(call->etcd, &reply);
	if (ask_again(call, &reply, http))
		return;
	end_probe(call, &reply);
	if (reply.answer.err == RUDDER_EREGISTRY)
		leave_endpoint(call);
	LIST_REMOVE(call, link);
	request->impl = NULL;
	request->done(request, &reply.answer);
	reply_fini(&reply);
	free(call);
}
