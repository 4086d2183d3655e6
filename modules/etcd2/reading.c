/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "node.h"
#include "reading.h"

/* ---- Words ------------------------------------------------------------- */

/* etcd repeats in its errors what anybody wrote into it. */
void
reading_vfail(struct reply *reply, const struct reply_question *q, int err,
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

void
reading_fail(struct reply *reply, const struct reply_question *q, int err,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reading_vfail(reply, q, err, fmt, ap);
	va_end(ap);
}

void
reading_nonsense(
    struct reply *reply, const struct reply_question *q, const char *what)
{
	reading_fail(reply, q, RUDDER_EREGISTRY,
	    "its answer is none of etcd's v2 API (%s): check the URL", what);
}

/* ---- Indices ----------------------------------------------------------- */

/*
 * They go up to 2^64 in the header. jansson's integers end at 2^63: a body
 * with more than that is refused as a whole, which takes a million writes
 * each second for 290,000 years.
 */
uint64_t
reading_index(const char *text)
{
	unsigned long long v;
	char *end;

	if (text == NULL || !isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	v = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && v < UINT64_MAX ? v : 0;
}

uint64_t
reading_next(uint64_t index)
{
	return index != 0 ? index + 1 : 0;
}

void
reading_probe(struct reply *reply, const struct reply_question *q, uint64_t now)
{
	if (now != 0 && now + 1 < q->index)
		reading_fail(reply, q, RUDDER_ELOST,
		    "its index is %" PRIu64 ", we were at %" PRIu64
		    ": its data is another by now",
		    now, q->index);
}

/* ---- Nodes ------------------------------------------------------------- */

const json_t *
reading_node(struct reply *reply, const struct reply_question *q)
{
	const json_t *node = json_object_get(reply->root, "node");

	if (json_is_object(node))
		return node;
	reading_nonsense(reply, q, "no node in it");
	return NULL;
}

void
reading_config(
    struct reply *reply, const struct reply_question *q, const json_t *node)
{
	reply->answer.config = node_value(node);
	if (reply->answer.config == NULL)
		reading_fail(
		    reply, q, RUDDER_ENOTFOUND, "%s is no text", q->config);
}

void
reading_foreign(struct reply *reply, const json_t *node)
{
	const char *key = node_text(node, "key");

	if (reply->foreign++ > 0)
		return;
	snprintf(reply->foreign_key, sizeof(reply->foreign_key), "%s",
	    key != NULL ? key : "?");
	error_printable(reply->foreign_key);
}
