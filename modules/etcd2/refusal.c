/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node.h"
#include "reading.h"

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

static bool
is_about_config(enum reply_to to)
{
	return to == REPLY_CONFIG || to == REPLY_CONFIG_WAIT;
}

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
		now = reading_index(http->index);
	err = verdict(q->to, code);
	if (err != RUDDER_EREGISTRY)
		reply->answer.index = reading_next(now);
	if (err == RUDDER_ENOTFOUND && is_about_config(q->to))
		reading_fail(reply, q, err, "there is no %s", q->config);
	else if (err != 0)
		reading_fail(reply, q, err,
		    "%s (%s), error %" JSON_INTEGER_FORMAT "%s",
		    text_or(root, "message", "an error"),
		    text_or(root, "cause", "no cause given"), code,
		    remedy(code));
	else if (q->to == REPLY_PROBE)
		reading_probe(reply, q, now);
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
	reading_fail(
	    reply, q, RUDDER_EREGISTRY, "HTTP %d, %s", http->status, words);
}

void
reading_refusal(struct reply *reply, const struct reply_question *q,
    const struct reply_http *http)
{
	if (json_is_integer(json_object_get(reply->root, "errorCode")))
		read_error(reply, q, http);
	else
		read_status(reply, q, http);
}
