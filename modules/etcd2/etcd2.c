/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry in an etcd of API version 2.
 *
 *	<prefix>/config			the network config
 *	<prefix>/subnets/10.1.5.0-24	a lease, with a time to live
 *
 * A request is one HTTP request to the current endpoint:
 *
 *	ask		builds the URL and the form of a write, and sends them
 *	on_head		a poll's answer begins: its index tells whether the
 *			poll has hope at all (F16); if not: RUDDER_ELOST
 *	on_answer	bytes become an answer (reply.c): done() is called
 *
 * When an endpoint is of no use, for whatever reason, the answer is
 * RUDDER_EREGISTRY and the next request goes to the next endpoint; to wait
 * and to ask again is the caller's. A poll that ends without an event is no
 * error, save when it ended so soon that asking again would be a tight loop.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <rudder/module.h>

#include "http.h"
#include "net.h"
#include "reply.h"
#include "settings.h"
#include "text.h"

/* A poll that ends within this many ms, and without an event, is a fault. */
#define POLL_AT_LEAST 1000

/* etcd itself gives a write up after 7 s (E-20), and a poll never. */
static const struct http_limits limits = {
	.connect = 2000,
	.request = 7000,
	.idle = 5 * 60 * 1000,
	.body = 64 << 20,
};

struct call {
	LIST_ENTRY(call) link;
	struct etcd2 *etcd;
	struct rudder_request *request;
	struct reply_question question;
	struct http_call *http;
	size_t endpoint;
	uint64_t begun;
};

struct etcd2 {
	const struct rudder_env *env;
	struct settings settings;
	struct http *http;
	LIST_HEAD(, call) calls;
	bool warned; /* of foreign keys */
};

/* ---- Open and close ---------------------------------------------------- */

static void
etcd2_cancel(void *registry, struct rudder_request *request)
{
	struct call *call = request->impl;

	(void)registry;
	if (call == NULL)
		return;
	request->impl = NULL;
	http_cancel(call->http);
	LIST_REMOVE(call, link);
	free(call);
}

/* Accepts what etcd2_open left half done. */
static void
etcd2_close(void *registry)
{
	struct etcd2 *etcd = registry;
	struct call *call;

	while ((call = LIST_FIRST(&etcd->calls)) != NULL)
		etcd2_cancel(etcd, call->request);
	if (etcd->http != NULL)
		http_free(etcd->http);
	settings_fini(&etcd->settings);
	free(etcd);
}

static int
etcd2_open(const struct rudder_env *env, void **registry)
{
	struct etcd2 *etcd = calloc(1, sizeof(*etcd));
	int rc;

	if (etcd == NULL)
		return -ENOMEM;
	etcd->env = env;
	LIST_INIT(&etcd->calls);
	rc = settings_read(&etcd->settings, env);
	if (rc == 0 && (etcd->http = http_new(env->base, &limits)) == NULL)
		rc = -ENOMEM;
	if (rc < 0) {
		etcd2_close(etcd);
		return rc;
	}
	*registry = etcd;
	return 0;
}

/* ---- Ask --------------------------------------------------------------- */

static bool
is_poll(const struct call *call)
{
	enum reply_to to = call->question.to;

	return to == REPLY_WATCH || to == REPLY_CONFIG_WAIT;
}

static bool
is_write(enum reply_to to)
{
	return to == REPLY_CREATE || to == REPLY_RENEW;
}

/* A ttl of 0 would be no reservation but the end of it at once (E-7). */
static char *
form_new(const struct rudder_request *request)
{
	char *value = text_escape(request->value, ""), *form = NULL;
	char ttl[32] = "";

	if (request->ttl > 0)
		snprintf(ttl, sizeof(ttl), "&ttl=%u", request->ttl);
	if (value != NULL)
		form = text_join("value=", value, ttl);
	free(value);
	return form;
}

static bool on_head(void *arg, int status, const char *index);
static void on_answer(void *arg, const struct http_answer *http);

static int
call_start(struct call *call, const char *url, const char *form)
{
	struct etcd2 *etcd = call->etcd;
	struct http_request request = {
		.url = url,
		.form = form,
		.header = "X-Etcd-Index",
		.poll = is_poll(call),
		.head = is_poll(call) ? on_head : NULL,
		.done = on_answer,
		.arg = call,
	};
	int rc;

	rc = http_start(etcd->http, &request, &call->http);
	if (rc < 0)
		return rc;
	etcd->env->log(etcd->env, RUDDER_DEBUG, "etcd: %s %s",
	    form != NULL ? "PUT" : "GET", url);
	call->request->impl = call;
	LIST_INSERT_HEAD(&etcd->calls, call, link);
	return 0;
}

static struct call *
call_new(struct etcd2 *etcd, struct rudder_request *request, enum reply_to to)
{
	struct call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->etcd = etcd;
	call->request = request;
	call->endpoint = etcd->settings.endpoints.current;
	call->begun = etcd->env->now(etcd->env);
	call->question = (struct reply_question){
		.to = to,
		.endpoint = etcd->settings.endpoints.urls[call->endpoint],
		.config = etcd->settings.config,
		.subnets = etcd->settings.subnets,
		.subnet = request->subnet,
		.value = request->value,
		.ttl = request->ttl,
		.index = request->index,
	};
	return call;
}

/* `path` is what follows the prefix, fit for a URL. */
static int
ask(struct etcd2 *etcd, struct rudder_request *request, enum reply_to to,
    const char *path)
{
	struct call *call = call_new(etcd, request, to);
	char *url = NULL, *form = NULL;
	int rc = -ENOMEM;

	request->impl = NULL;
	if (call == NULL)
		return rc;
	url = text_join(call->question.endpoint, etcd->settings.url, path);
	if (is_write(to))
		form = form_new(request);
	if (url != NULL && (form != NULL || !is_write(to)))
		rc = call_start(call, url, form);
	if (rc < 0)
		free(call);
	free(url);
	free(form);
	return rc;
}

static int
etcd2_config(void *registry, struct rudder_request *request)
{
	char path[64];

	if (request->index == 0)
		return ask(
		    registry, request, REPLY_CONFIG, "/config?quorum=true");
	snprintf(path, sizeof(path), "/config?wait=true&waitIndex=%" PRIu64,
	    request->index);
	return ask(registry, request, REPLY_CONFIG_WAIT, path);
}

/* With a quorum: a member that lags hides what we own ourselves (F20). */
static int
etcd2_list(void *registry, struct rudder_request *request)
{
	return ask(registry, request, REPLY_LIST,
	    "/subnets?recursive=true&quorum=true");
}

static int
etcd2_create(void *registry, struct rudder_request *request)
{
	char path[128], key[NET_TEXT];

	snprintf(path, sizeof(path), "/subnets/%s?prevExist=false",
	    net_key(key, request->subnet));
	return ask(registry, request, REPLY_CREATE, path);
}

/* To etcd, an index of 0 is no condition at all (F12). */
static int
etcd2_renew(void *registry, struct rudder_request *request)
{
	char path[128], key[NET_TEXT];

	if (request->version == 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "/subnets/%s?prevIndex=%" PRIu64,
	    net_key(key, request->subnet), request->version);
	return ask(registry, request, REPLY_RENEW, path);
}

static int
etcd2_watch(void *registry, struct rudder_request *request)
{
	char path[128];

	snprintf(path, sizeof(path),
	    "/subnets?recursive=true&wait=true&waitIndex=%" PRIu64,
	    request->index);
	return ask(registry, request, REPLY_WATCH, path);
}

/* ---- Answer ------------------------------------------------------------ */

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
read_answer(struct reply *reply, const struct call *call,
    const struct http_answer *http)
{
	const struct reply_question *q = &call->question;

	if (http->end == HTTP_STOPPED)
		reply_fail(reply, q, RUDDER_ELOST,
		    "its index is %s, we were at %" PRIu64
		    ": its data is another by now",
		    http->header, q->index);
	else if (http->end == HTTP_WHOLE ||
		 (http->end != HTTP_FAILED && is_poll(call)))
		read_bytes(reply, call, http);
	else
		reply_fail(reply, q, RUDDER_EREGISTRY, "%s", http->why);
	if (reply->quiet && is_too_soon(call)) {
		reply_fini(reply);
		reply_fail(
		    reply, q, RUDDER_EREGISTRY, "it ends a long poll at once");
	}
}

/* A warning for the first: they are there each time. */
static void
tell_foreign(struct etcd2 *etcd, const struct reply *reply)
{
	const struct rudder_env *env = etcd->env;

	if (reply->foreign == 0)
		return;
	env->log(env, etcd->warned ? RUDDER_DEBUG : RUDDER_WARNING,
	    "etcd: %s is not a lease of a subnet, and %zu more: ignored",
	    reply->foreign_key, reply->foreign - 1);
	etcd->warned = true;
}

static void
on_answer(void *arg, const struct http_answer *http)
{
	struct call *call = arg;
	struct rudder_request *request = call->request;
	struct reply reply;

	read_answer(&reply, call, http);
	tell_foreign(call->etcd, &reply);
	if (reply.answer.err == RUDDER_EREGISTRY)
		endpoints_failed(
		    &call->etcd->settings.endpoints, call->endpoint);
	LIST_REMOVE(call, link);
	request->impl = NULL;
	request->done(request, &reply.answer);
	reply_fini(&reply);
	free(call);
}

/* ---- The module -------------------------------------------------------- */

static const struct rudder_registry ops = {
	.open = etcd2_open,
	.close = etcd2_close,
	.config = etcd2_config,
	.list = etcd2_list,
	.create = etcd2_create,
	.renew = etcd2_renew,
	.watch = etcd2_watch,
	.cancel = etcd2_cancel,
};

RUDDER_MODULE(etcd2) = {
	.abi = RUDDER_MODULE_ABI,
	.name = "etcd2",
	.options = settings_options,
	.registry = &ops,
};
