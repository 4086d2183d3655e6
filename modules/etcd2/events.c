/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node.h"
#include "reading.h"

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

	event->node = reading_node(reply, q);
	if (event->node == NULL)
		return false;
	index = node_index(event->node, "modifiedIndex");
	if (index == 0) {
		reading_nonsense(reply, q, "no modifiedIndex in it");
		return false;
	}
	reply->answer.index = reading_next(index);
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

void
reading_config_event(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	struct happened event;

	(void)http;
	if (read_event(reply, q, &event) && !event.gone &&
	    node_place(event.key, q->config) == SELF)
		reading_config(reply, q, event.node);
	else if (reply->answer.err == 0)
		reading_fail(
		    reply, q, RUDDER_ENOTFOUND, "there is no %s", q->config);
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
		reading_foreign(reply, event->node);
	}
}

void
reading_lease_event(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	struct happened event;
	enum place place;

	/* With one that was waited for: where the waiting began. */
	reply->answer.newest = reading_next(reading_index(http->index));
	if (!read_event(reply, q, &event))
		return;
	place = node_place(event.key, q->subnets);
	if (place == BELOW)
		answer_lease(reply, q, &event);
	else if (event.gone && (place == SELF || place == ABOVE))
		reading_fail(reply, q, RUDDER_ELOST, "%s is gone", event.key);
}
