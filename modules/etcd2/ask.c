/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "net.h"
#include "text.h"

enum number { NONE, WITH_INDEX, WITH_VERSION };

/*
 * What has to be true of a list, and of what we are told to be there or not,
 * goes through the majority: a member that lags hides what is our own (F20).
 */
static const struct {
	const char *method;
	const char *path;  /* below the prefix */
	bool key;	   /* the subnet's comes behind that */
	const char *query; /* and then this */
	enum number number;
	bool value;
	const char *form;
	bool poll;
} kinds[] = {
	[REPLY_CONFIG] = { .method = "GET",
	    .path = "/config",
	    .query = "?quorum=true" },
	[REPLY_CONFIG_WAIT] = { .method = "GET",
	    .path = "/config",
	    .query = "?wait=true&waitIndex=",
	    .number = WITH_INDEX,
	    .poll = true },
	[REPLY_LIST] = { .method = "GET",
	    .path = "/subnets",
	    .query = "?recursive=true&quorum=true" },
	[REPLY_CREATE] = { .method = "PUT",
	    .path = "/subnets/",
	    .key = true,
	    .query = "?prevExist=false",
	    .value = true,
	    .form = "value=" },
	[REPLY_RENEW] = { .method = "PUT",
	    .path = "/subnets/",
	    .key = true,
	    .query = "?prevIndex=",
	    .number = WITH_VERSION,
	    .value = true,
	    .form = "value=" },
	[REPLY_REFRESH] = { .method = "PUT",
	    .path = "/subnets/",
	    .key = true,
	    .query = "?prevIndex=",
	    .number = WITH_VERSION,
	    .form = "refresh=true" },
	[REPLY_RELEASE] = { .method = "DELETE",
	    .path = "/subnets/",
	    .key = true,
	    .query = "?prevIndex=",
	    .number = WITH_VERSION },
	[REPLY_WATCH] = { .method = "GET",
	    .path = "/subnets",
	    .query = "?recursive=true&wait=true&waitIndex=",
	    .number = WITH_INDEX,
	    .poll = true },
	[REPLY_PROBE] = { .method = "GET",
	    .path = "/config",
	    .query = "?quorum=true" },
};

const char *
ask_method(enum reply_to to)
{
	return kinds[to].method;
}

bool
ask_is_poll(enum reply_to to)
{
	return kinds[to].poll;
}

char *
ask_url(const struct reply_question *q, const char *keys)
{
	const uint64_t numbers[] = {
		[WITH_INDEX] = q->index, [WITH_VERSION] = q->version
	};
	char path[128], key[NET_TEXT] = "", number[24] = "";
	enum number which = kinds[q->to].number;

	if (kinds[q->to].key)
		net_key(key, q->subnet);
	if (which != NONE)
		snprintf(number, sizeof(number), "%" PRIu64, numbers[which]);
	snprintf(path, sizeof(path), "%s%s%s%s", kinds[q->to].path, key,
	    kinds[q->to].query, number);
	return text_join(q->endpoint, keys, path);
}

/* A ttl of 0 would be no reservation but the end of it at once (E-7). */
int
ask_form(const struct reply_question *q, char **form)
{
	const char *begin = kinds[q->to].form;
	char *value, ttl[32] = "";

	*form = NULL;
	if (begin == NULL)
		return 0;
	if (q->ttl > 0)
		snprintf(ttl, sizeof(ttl), "&ttl=%u", q->ttl);
	value = text_escape(kinds[q->to].value ? q->value : "", "");
	if (value != NULL)
		*form = text_join(begin, value, ttl);
	free(value);
	return *form != NULL ? 0 : -ENOMEM;
}
