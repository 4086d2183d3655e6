/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"
#include "reading.h"

/* ---- Answers that are as they should be -------------------------------- */

static void
read_config(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = reading_node(reply, q);
	uint64_t now = reading_index(http->index);

	if (node == NULL)
		return;
	if (now == 0)
		now = node_index(node, "modifiedIndex");
	reply->answer.index = reading_next(now);
	reading_config(reply, q, node);
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
		reading_fail(reply, q, RUDDER_EREGISTRY, "out of memory");
		return;
	}
	answer->records = reply->records;
	for (i = 0; i < n; i++) {
		node = json_array_get(nodes, i);
		if (node_record(
			node, q->subnets, &reply->records[answer->n_records]))
			answer->n_records++;
		else
			reading_foreign(reply, node);
	}
}

static void
read_list(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = reading_node(reply, q);
	uint64_t now = reading_index(http->index);

	if (node == NULL)
		return;
	if (json_object_get(node, "value") != NULL) {
		reading_fail(reply, q, RUDDER_EREGISTRY,
		    "%s is not a directory", q->subnets);
		return;
	}
	reply->answer.index = reading_next(now != 0 ? now : node_newest(node));
	read_leases(reply, q, json_object_get(node, "nodes"));
}

/* create and renew: the lease as it is now. */
static void
read_written(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	const json_t *node = reading_node(reply, q);
	uint64_t version;

	(void)http;
	if (node == NULL)
		return;
	version = node_index(node, "modifiedIndex");
	if (version == 0) {
		reading_nonsense(reply, q, "no modifiedIndex in it");
		return;
	}
	reply->one = (struct rudder_record){
		.subnet = q->subnet,
		.value = q->value,
		.version = version,
		.created = node_index(node, "createdIndex"),
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
	const json_t *node = reading_node(reply, q);

	(void)http;
	if (node != NULL)
		reply->answer.index =
		    reading_next(node_index(node, "modifiedIndex"));
}

static void
read_probed(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	if (reading_node(reply, q) != NULL)
		reading_probe(reply, q, reading_index(http->index));
}

/* ---- Kinds of questions ------------------------------------------------ */

static const struct {
	void (*read)(struct reply *, const struct reply_question *,
	    const struct reply_http *);
	bool poll;
} readers[] = {
	[REPLY_CONFIG] = { .read = read_config },
	[REPLY_CONFIG_WAIT] = { .read = reading_config_event, .poll = true },
	[REPLY_LIST] = { .read = read_list },
	[REPLY_CREATE] = { .read = read_written },
	[REPLY_RENEW] = { .read = read_written },
	[REPLY_WATCH] = { .read = reading_lease_event, .poll = true },
	[REPLY_REFRESH] = { .read = read_refreshed },
	[REPLY_RELEASE] = { .read = read_released },
	[REPLY_PROBE] = { .read = read_probed },
};

/* ---- All together ------------------------------------------------------ */

static void
read_quiet(struct reply *reply, const struct reply_question *q)
{
	reply->quiet = true;
	reply->answer.index = q->index;
	if (q->to == REPLY_CONFIG_WAIT)
		reading_fail(reply, q, RUDDER_ENOTFOUND, "there is no %s yet",
		    q->config);
}

void
reply_quiet(struct reply *reply, const struct reply_question *q)
{
	*reply = (struct reply){ 0 };
	read_quiet(reply, q);
}

void
reply_fail(struct reply *reply, const struct reply_question *q, int err,
    const char *fmt, ...)
{
	va_list ap;

	*reply = (struct reply){ 0 };
	va_start(ap, fmt);
	reading_vfail(reply, q, err, fmt, ap);
	va_end(ap);
}

bool
reply_went_back(int status, const char *index, uint64_t waited)
{
	if (status != 200 || index == NULL || !isdigit((unsigned char)*index))
		return false;
	return reading_index(index) + 1 < waited;
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
		reading_nonsense(
		    reply, q, reply->root == NULL ? error.text : "no object");
	else
		reading_refusal(reply, q, http);
}

void
reply_fini(struct reply *reply)
{
	free(reply->records);
	json_decref(reply->root);
}
