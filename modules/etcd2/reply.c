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
	    "its answer is none of etcd's v2 API (%s): check the URL", what);
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

/*
 * A server from before 2.3 takes "refresh" for nothing that it knows, and a
 * write without a value for an empty value: it has to be written again.
 */
static void
read_refreshed(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const char *value;

	read_written(reply, q, http);
	if (reply->answer.err != 0)
		return;
	value = node_value(json_object_get(reply->root, "node"));
	reply->refused = value == NULL || strcmp(value, q->value) != 0;
	reply->version = reply->one.version;
}

static void
read_released(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = node_of(reply, q);

	(void)http;
	if (node != NULL)
		reply->answer.index = next(node_index(node, "modifiedIndex"));
}

/*
 * It has come through the majority, so the store that a poll looks at is as
 * new as that. An index that went back is that of other data (F16).
 */
static void
judge_probe(struct reply *reply, const struct reply_question *q, uint64_t now)
{
	if (now != 0 && now + 1 < q->index)
		fail(reply, q, RUDDER_ELOST,
		    "its index is %" PRIu64 ", we were at %" PRIu64
		    ": its data is another by now",
		    now, q->index);
}

static void
read_probed(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	if (node_of(reply, q) != NULL)
		judge_probe(reply, q, read_index(http->index));
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

/* ---- Kinds of questions ------------------------------------------------ */

static const struct {
	void (*read)(struct reply *, const struct reply_question *,
	    const struct reply_http *);
	bool poll;
	bool config; /* it is about the config */
} readers[] = {
	[REPLY_CONFIG] = { .read = read_config, .config = true },
	[REPLY_CONFIG_WAIT] = { read_config_event, true, true },
	[REPLY_LIST] = { .read = read_list },
	[REPLY_CREATE] = { .read = read_written },
	[REPLY_RENEW] = { .read = read_written },
	[REPLY_WATCH] = { .read = read_lease_event, .poll = true },
	[REPLY_REFRESH] = { .read = read_refreshed },
	[REPLY_RELEASE] = { .read = read_released },
	[REPLY_PROBE] = { .read = read_probed },
};

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
	{ REPLY_WATCH, 400, RUDDER_ELOST }, { REPLY_WATCH, 401, RUDDER_ELOST },
	{ REPLY_REFRESH, 100, RUDDER_ENOTFOUND },
	{ REPLY_REFRESH, 101, RUDDER_ECHANGED },
	{ REPLY_RELEASE, 100, RUDDER_ENOTFOUND },
	{ REPLY_RELEASE, 101, RUDDER_ECHANGED },
	{ REPLY_PROBE, 100, 0 }, /* that there is none is an answer */
};

static int
verdict(enum reply_to to, json_int_t code)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].to == to && verdicts[i].code == code)
			return verdicts[i].err;
	return RUDDER_EREGISTRY;
}

/* What to do about a code that does not heal by itself, or not soon. */
static const struct {
	json_int_t from, to;
	const char *words;
} remedies[] = {
	{ 110, 110,
	    ": check etcd-username, its password, and what that user may do "
	    "below etcd-prefix" },
	{ 300, 301,
	    ": it has no leader; are most of its members up, and can they "
	    "reach each other?" },
};

static const char *
remedy(json_int_t code)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (code >= remedies[i].from && code <= remedies[i].to)
			return remedies[i].words;
	return "";
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
	if (err == RUDDER_ENOTFOUND && readers[q->to].config)
		fail(reply, q, err, "there is no %s", q->config);
	else if (err != 0)
		fail(reply, q, err, "%s (%s), error %" JSON_INTEGER_FORMAT "%s",
		    text_or(root, "message", "an error"),
		    text_or(root, "cause", "no cause given"), code,
		    remedy(code));
	else if (q->to == REPLY_PROBE)
		judge_probe(reply, q, now);
	reply->refused = q->to == REPLY_REFRESH && code >= 200 && code < 300;
	reply->version = q->version;
}

/*
 * What a status means when nothing of etcd's is behind it. The body tells one
 * from another; the first that fits counts.
 */
static const struct {
	int status;
	const char *sign; /* within the body; "": anything */
	const char *words;
} statuses[] = {
	{ 400, "HTTPS server", "it speaks TLS: write https://" },
	{ 401, "",
	    "it wants a user and password: set etcd-username and "
	    "etcd-password-file" },
	{ 403, "", "it forbids this: is a proxy in between?" },
	{ 404, "404 page not found",
	    "it has no v2 API: start etcd with --enable-v2 "
	    "(ETCD_ENABLE_V2=true); 3.6 and later have none" },
};

static bool
has_text(const struct reply_http *http, const char *text)
{
	return text[0] == '\0' ||
	       (http->body != NULL &&
		   memmem(http->body, http->size, text, strlen(text)) != NULL);
}

static void
read_status(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const char *words = "not by etcd's v2 API: check the URL";
	size_t i = sizeof(statuses) / sizeof(statuses[0]);

	while (i-- > 0)
		if (statuses[i].status == http->status &&
		    has_text(http, statuses[i].sign))
			words = statuses[i].words;
	fail(reply, q, RUDDER_EREGISTRY, "HTTP %d, %s", http->status, words);
}

/* ---- All together ------------------------------------------------------ */

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
reply_quiet(struct reply *reply, const struct reply_question *q)
{
	*reply = (struct reply){ 0 };
	read_quiet(reply, q);
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
