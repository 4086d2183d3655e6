/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "node.h"
#include "reply.h"

/* ---- Words ------------------------------------------------------------- */

/* etcd repeats in its errors what anybody wrote into it. */
static void
fail_with(struct reply *reply, const struct reply_question *q, int err,
    const char *fmt, va_list ap)
{
	char *why = reply->why;
	int n;

	n = snprintf(why, REPLY_TEXT, "etcd at %s: ", q->endpoint);
	if (n >= 0 && n < REPLY_TEXT)
		vsnprintf(why + n, REPLY_TEXT - (size_t)n, fmt, ap);
	error_printable(why);
	reply->answer.err = err;
	reply->answer.why = why;
}

static void fail(struct reply *, const struct reply_question *, int err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* An error is an answer too. */
static void
fail(struct reply *reply, const struct reply_question *q, int err,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_with(reply, q, err, fmt, ap);
	va_end(ap);
}

void
reply_fail(struct reply *reply, const struct reply_question *q, int err,
    const char *fmt, ...)
{
	va_list ap;

	*reply = (struct reply){ 0 };
	va_start(ap, fmt);
	fail_with(reply, q, err, fmt, ap);
	va_end(ap);
}

static void
fail_nonsense(
    struct reply *reply, const struct reply_question *q, const char *what)
{
	fail(reply, q, RUDDER_EREGISTRY,
	    "its answer is none of etcd's v2 API (%s)", what);
}

/* ---- Indices ----------------------------------------------------------- */

/*
 * They go up to 2^64 in the header. jansson's integers end at 2^63: a body
 * with more than that is refused as a whole, which takes a million writes
 * each second for 290,000 years.
 */
static uint64_t
read_index(const char *text)
{
	unsigned long long v;
	char *end;

	if (text == NULL || !isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	v = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && v < UINT64_MAX ? v : 0;
}

/* The one to wait for; an index that is not known stays unknown. */
static uint64_t
next(uint64_t index)
{
	return index != 0 ? index + 1 : 0;
}

bool
reply_went_back(int status, const char *index, uint64_t waited)
{
	if (status != 200 || index == NULL || !isdigit((unsigned char)*index))
		return false;
	return read_index(index) + 1 < waited;
}

/* ---- Answers that are as they should be -------------------------------- */

/* Somebody else's key is theirs: we count it, and go on (F07). */
static void
skip_foreign(struct reply *reply, const json_t *node)
{
	const char *key = node_text(node, "key");

	if (reply->foreign++ > 0)
		return;
	snprintf(reply->foreign_key, sizeof(reply->foreign_key), "%s",
	    key != NULL ? key : "?");
	error_printable(reply->foreign_key);
}

/* root.node, or NULL after saying that there is none. */
static const json_t *
node_of(struct reply *reply, const struct reply_question *q)
{
	const json_t *node = json_object_get(reply->root, "node");

	if (json_is_object(node))
		return node;
	fail_nonsense(reply, q, "no node in it");
	return NULL;
}

static void
answer_config(
    struct reply *reply, const struct reply_question *q, const json_t *node)
{
	reply->answer.config = node_value(node);
	if (reply->answer.config == NULL)
		fail(reply, q, RUDDER_ENOTFOUND, "%s is no text", q->config);
}

static void
read_config(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = node_of(reply, q);
	uint64_t now = read_index(http->index);

	if (node == NULL)
		return;
	if (now == 0)
		now = node_index(node, "modifiedIndex");
	reply->answer.index = next(now);
	answer_config(reply, q, node);
}

static void
read_leases(
    struct reply *reply, const struct reply_question *q, const json_t *nodes)
{
	struct rudder_answer *answer = &reply->answer;
	size_t i, n = json_array_size(nodes);
	const json_t *node;

	if (n == 0)
		return;
	reply->records = calloc(n, sizeof(*reply->records));
	if (reply->records == NULL) {
		fail(reply, q, RUDDER_EREGISTRY, "out of memory");
		return;
	}
	answer->records = reply->records;
	for (i = 0; i < n; i++) {
		node = json_array_get(nodes, i);
		if (node_record(
			node, q->subnets, &reply->records[answer->n_records]))
			answer->n_records++;
		else
			skip_foreign(reply, node);
	}
}

static void
read_list(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = node_of(reply, q);
	uint64_t now = read_index(http->index);

	if (node == NULL)
		return;
	if (json_object_get(node, "value") != NULL) {
		fail(reply, q, RUDDER_EREGISTRY, "%s is not a directory",
		    q->subnets);
		return;
	}
	reply->answer.index = next(now != 0 ? now : node_newest(node));
	read_leases(reply, q, json_object_get(node, "nodes"));
}

/* create and renew: the lease as it is now. */
static void
read_written(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = node_of(reply, q);
	uint64_t version;

	(void)http;
	if (node == NULL)
		return;
	version = node_index(node, "modifiedIndex");
	if (version == 0) {
		fail_nonsense(reply, q, "no modifiedIndex in it");
		return;
	}
	reply->one = (struct rudder_record){
		.subnet = q->subnet,
		.value = q->value,
		.version = version,
		.ttl = json_object_get(node, "ttl") != NULL ? node_ttl(node)
							    : q->ttl,
	};
	reply->answer.records = &reply->one;
	reply->answer.n_records = 1;
}

/* ---- Events ------------------------------------------------------------ */

static const struct {
	const char *action;
	bool gone;
} actions[] = {
	{ "set", false },
	{ "create", false },
	{ "update", false },
	{ "compareAndSwap", false },
	{ "delete", true },
	{ "compareAndDelete", true },
	{ "expire", true },
};

struct happened {
	const json_t *node;
	const char *key;
	bool gone;
};

/*
 * The cursor goes on whatever the event is: one that we cannot read must not
 * come again (F07). False: nothing in it for us, or nothing at all.
 */
static bool
read_event(
    struct reply *reply, const struct reply_question *q, struct happened *event)
{
	const char *action = node_text(reply->root, "action");
	uint64_t index;

	event->node = node_of(reply, q);
	if (event->node == NULL)
		return false;
	index = node_index(event->node, "modifiedIndex");
	if (index == 0) {
		fail_nonsense(reply, q, "no modifiedIndex in it");
		return false;
	}
	reply->answer.index = next(index);
	event->key = node_text(event->node, "key");
	if (event->key == NULL || action == NULL)
		return false;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		event->gone = actions[i].gone;
		if (strcmp(actions[i].action, action) == 0)
			return true;
	}
	return false;
}

static void
read_config_event(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	struct happened event;

	(void)http;
	if (read_event(reply, q, &event) && !event.gone &&
	    node_place(event.key, q->config) == SELF)
		answer_config(reply, q, event.node);
	else if (reply->answer.err == 0)
		fail(reply, q, RUDDER_ENOTFOUND, "there is no %s", q->config);
}

static void
answer_lease(struct reply *reply, const struct reply_question *q,
    const struct happened *event)
{
	struct rudder_record *record = &reply->one;
	bool is_lease;

	if (event->gone) {
		is_lease =
		    node_subnet(event->node, q->subnets, &record->subnet);
		record->version = node_index(event->node, "modifiedIndex");
	} else {
		is_lease = node_record(event->node, q->subnets, record);
	}
	if (is_lease) {
		reply->answer.records = record;
		reply->answer.n_records = 1;
	} else {
		skip_foreign(reply, event->node);
	}
}

static void
read_lease_event(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	struct happened event;
	enum place place;

	(void)http;
	if (!read_event(reply, q, &event))
		return;
	place = node_place(event.key, q->subnets);
	if (place == BELOW)
		answer_lease(reply, q, &event);
	else if (event.gone && (place == SELF || place == ABOVE))
		fail(reply, q, RUDDER_ELOST, "%s is gone", event.key);
}

/* ---- Errors ------------------------------------------------------------ */

/* What etcd's code means for what was asked; any other: try again later. */
static const struct {
	enum reply_to to;
	int code;
	int err;
} verdicts[] = {
	{ REPLY_CONFIG, 100, RUDDER_ENOTFOUND },
	{ REPLY_CONFIG_WAIT, 100, RUDDER_ENOTFOUND },
	{ REPLY_CONFIG_WAIT, 400, RUDDER_ELOST },
	{ REPLY_CONFIG_WAIT, 401, RUDDER_ELOST },
	{ REPLY_LIST, 100, 0 }, /* no directory: no leases */
	{ REPLY_CREATE, 105, RUDDER_EEXISTS },
	{ REPLY_RENEW, 100, RUDDER_ENOTFOUND },
	{ REPLY_RENEW, 101, RUDDER_ECHANGED },
	{ REPLY_WATCH, 400, RUDDER_ELOST },
	{ REPLY_WATCH, 401, RUDDER_ELOST },
};

static int
verdict(enum reply_to to, json_int_t code)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].to == to && verdicts[i].code == code)
			return verdicts[i].err;
	return RUDDER_EREGISTRY;
}

static const char *
text_or(const json_t *object, const char *name, const char *otherwise)
{
	const char *text = node_text(object, name);

	return text != NULL && *text != '\0' ? text : otherwise;
}

/* A code of 401, which comes as a 400, is not HTTP's 401 (E-4). */
static void
read_error(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *root = reply->root;
	json_int_t code;
	uint64_t now;
	int err;

	code = json_integer_value(json_object_get(root, "errorCode"));
	now = node_index(root, "index");
	if (now == 0)
		now = read_index(http->index);
	err = verdict(q->to, code);
	if (err != RUDDER_EREGISTRY)
		reply->answer.index = next(now);
	if (err == RUDDER_ENOTFOUND && q->to != REPLY_RENEW)
		fail(reply, q, err, "there is no %s", q->config);
	else if (err != 0)
		fail(reply, q, err, "%s (%s), error %" JSON_INTEGER_FORMAT,
		    text_or(root, "message", "an error"),
		    text_or(root, "cause", "no cause given"), code);
}

/* What a status means when nothing of etcd's is behind it. */
static const struct {
	int status;
	const char *words;
} statuses[] = {
	{ 401, "it wants a user and password" },
	{ 403, "it forbids this" },
	{ 404, "it has no v2 API: start etcd with --enable-v2 "
	       "(ETCD_ENABLE_V2=true)" },
};

static void
read_status(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const char *words = "not by etcd's v2 API";

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == http->status)
			words = statuses[i].words;
	fail(reply, q, RUDDER_EREGISTRY, "HTTP %d, %s", http->status, words);
}

/* ---- All together ------------------------------------------------------ */

static const struct {
	void (*read)(struct reply *, const struct reply_question *,
	    const struct reply_http *);
	bool poll;
} readers[] = {
	[REPLY_CONFIG] = { read_config, false },
	[REPLY_CONFIG_WAIT] = { read_config_event, true },
	[REPLY_LIST] = { read_list, false },
	[REPLY_CREATE] = { read_written, false },
	[REPLY_RENEW] = { read_written, false },
	[REPLY_WATCH] = { read_lease_event, true },
};

static void
read_quiet(struct reply *reply, const struct reply_question *q)
{
	reply->quiet = true;
	reply->answer.index = q->index;
	if (q->to == REPLY_CONFIG_WAIT)
		fail(reply, q, RUDDER_ENOTFOUND, "there is no %s yet",
		    q->config);
}

void
reply_read(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	bool good = http->status >= 200 && http->status < 300;
	bool may_be_quiet = good && readers[q->to].poll;
	json_error_t error;

	*reply = (struct reply){ 0 };
	reply->root =
	    json_loadb(http->body, http->size, JSON_ALLOW_NUL, &error);
	if (good && json_is_object(reply->root))
		readers[q->to].read(reply, q, http);
	else if (may_be_quiet && (http->size == 0 || http->cut))
		read_quiet(reply, q);
	else if (good)
		fail_nonsense(
		    reply, q, reply->root == NULL ? error.text : "no object");
	else if (json_is_integer(json_object_get(reply->root, "errorCode")))
		read_error(reply, q, http);
	else
		read_status(reply, q, http);
}

void
reply_fini(struct reply *reply)
{
	free(reply->records);
	json_decref(reply->root);
}
