/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - a request of the host's under way, as one HTTP request to the
 * current endpoint, or as two:
 *
 *	call_ask	sends the question
 *	on_head		a poll's answer begins: its index tells whether the
 *			poll has hope at all (F16); if not: RUDDER_ELOST
 *	on_http		bytes become an answer (reply.c): done() is called
 *
 * Two, where a refresh meets a server that knows none, and the value has to
 * be written; that is remembered of the endpoint. And where a poll was silent
 * for so long that it must be asked whether silence means that nothing
 * happened: of an etcd that is frozen, or cut off from the others, the
 * connection stays and the news do not come. So the config is read through
 * the majority, from the same endpoint. An answer says that all is well, and
 * that this member has seen by now whatever had happened before; the poll
 * ends without an event, and the host asks again. No answer means what it
 * always means.
 *
 * When an endpoint is of no use, for whatever reason, the answer is
 * RUDDER_EREGISTRY and the next request goes to the next endpoint; to wait
 * and to ask again is the host's. A poll that ends without an event is no
 * error, save when it ended so soon that asking again would be a tight loop.
 */
#ifndef ETCD2_CALL_H
#define ETCD2_CALL_H

#include <sys/queue.h>

#include <rudder/module.h>

#include "http.h"
#include "reply.h"
#include "settings.h"

struct call;

/* What is counted of all calls. */
enum call_count {
	CALL_REQUESTS, /* sent, polls too */
	CALL_POLLS,
	CALL_ANSWERS,
	CALL_ERRORS,   /* answers that say RUDDER_EREGISTRY */
	CALL_TIMEOUTS, /* of those: time ran out */
	CALL_ROTATIONS,
	CALL_BYTES, /* received */
	CALL_COUNTS
};

/* How long anything may take. In a file of its own, for tests to replace. */
extern const struct http_limits call_limits;

/* An open registry. */
struct etcd2 {
	const struct rudder_env *env;
	struct settings settings;
	struct http *http;
	LIST_HEAD(, call) calls;
	bool warned_foreign;
	bool warned_clock;
	uint64_t counts[CALL_COUNTS];
};

/* As the functions of struct rudder_registry do. */
int call_ask(struct etcd2 *, struct rudder_request *, enum reply_to);

/* What request->impl points to. */
void call_cancel(struct call *);

/* Cancels all. */
void call_cancel_all(struct etcd2 *);

#endif
