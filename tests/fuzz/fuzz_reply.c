/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as etcd's answer to each question: an answer comes of it that
 * module.h promises, and its texts are whole and fit for a log.
 *
 * Input: a byte each of what was asked, the status, and what there is; the
 * header X-Etcd-Index up to its zero; the body.
 */
#include "fuzz.h"
#include "net.h"
#include "reply.h"

#define KEY "/coreos.com/network"
#define LEASE "{\"PublicIP\":\"192.168.0.7\"}"

enum { CUT = 1, NO_INDEX = 2 };

static const int statuses[] = { 200, 201, 400, 401, 403, 404, 412, 500, 503,
	0 };

/* What a question may come to, besides 0 and RUDDER_EREGISTRY. */
static const int errors[][3] = {
	[REPLY_CONFIG] = { RUDDER_ENOTFOUND },
	[REPLY_CONFIG_WAIT] = { RUDDER_ENOTFOUND, RUDDER_ELOST },
	[REPLY_LIST] = { 0 },
	[REPLY_CREATE] = { RUDDER_EEXISTS },
	[REPLY_RENEW] = { RUDDER_ENOTFOUND, RUDDER_ECHANGED },
	[REPLY_WATCH] = { RUDDER_ELOST },
	[REPLY_REFRESH] = { RUDDER_ENOTFOUND, RUDDER_ECHANGED },
	[REPLY_RELEASE] = { RUDDER_ENOTFOUND, RUDDER_ECHANGED },
	[REPLY_PROBE] = { RUDDER_ELOST },
};
#define QUESTIONS (sizeof(errors) / sizeof(errors[0]))

static bool
is_expected(enum reply_to to, int err)
{
	for (size_t i = 0; i < 3; i++)
		if (errors[to][i] == err)
			return true;
	return err == RUDDER_EREGISTRY;
}

static void
check_error(const struct reply_question *q, const struct rudder_answer *a)
{
	must(a->why != NULL && fuzz_is_line(a->why));
	must(strlen(a->why) < REPLY_TEXT);
	must(strstr(a->why, q->endpoint) != NULL);
	must(is_expected(q->to, a->err));
	if (q->to != REPLY_LIST)
		must(a->n_records == 0);
}

static void
check_record(const struct rudder_record *r, bool may_be_gone)
{
	must(r->subnet.len <= 32);
	must((r->subnet.addr & ~net_mask(r->subnet.len)) == 0);
	must(r->value != NULL || may_be_gone);
	must(r->value == NULL || strlen(r->value) < SIZE_MAX);
	must(r->ttl >= 0);
}

static void
check_answer(const struct reply_question *q, const struct reply *reply)
{
	const struct rudder_answer *a = &reply->answer;
	bool config = q->to == REPLY_CONFIG || q->to == REPLY_CONFIG_WAIT;

	if (a->err != 0)
		check_error(q, a);
	must((a->config != NULL) == (config && a->err == 0));
	must(a->config == NULL || strlen(a->config) < SIZE_MAX);
	for (size_t i = 0; i < a->n_records; i++)
		check_record(&a->records[i], q->to == REPLY_WATCH);
	must(fuzz_is_plain(reply->foreign_key));
	must(!config || a->n_records == 0);
	must(q->to == REPLY_LIST || a->n_records <= 1);
}

/* create and renew say what was written, with its version. */
static void
check_written(const struct reply_question *q, const struct rudder_answer *a)
{
	bool writes = q->to == REPLY_CREATE || q->to == REPLY_RENEW ||
		      q->to == REPLY_REFRESH;

	if (!writes || a->err != 0)
		return;
	must(a->n_records == 1);
	must(net_equal(a->records[0].subnet, q->subnet));
	must(a->records[0].value == q->value);
	must(a->records[0].version > 0);
}

/* A poll ends with somewhere to go on from. */
static void
check_poll(const struct reply_question *q, const struct reply *reply,
    const struct reply_http *http)
{
	bool good = http->status / 100 == 2;

	if (reply->quiet) {
		must(q->to == REPLY_WATCH || q->to == REPLY_CONFIG_WAIT);
		must(good && reply->answer.index == q->index);
	} else if (q->to == REPLY_WATCH && reply->answer.err == 0) {
		must(reply->answer.index > 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply_question q = { .to = fuzz_byte(&data, &size) % QUESTIONS,
		.endpoint = "http://127.0.0.1:2379",
		.config = KEY "/config",
		.subnets = KEY "/subnets",
		.subnet = { 0x0a010500, 24 },
		.value = LEASE,
		.ttl = 86400,
		.version = 6,
		.index = 7 };
	struct reply_http http = {
		.status = statuses[fuzz_byte(&data, &size) %
				   (sizeof(statuses) / sizeof(int))]
	};
	uint8_t flags = fuzz_byte(&data, &size);
	char *index = fuzz_take(&data, &size), *body = malloc(size);
	struct reply reply;

	must(body != NULL || size == 0);
	if (size > 0)
		memcpy(body, data, size);
	http.index = flags & NO_INDEX ? NULL : index;
	http.body = body;
	http.size = size;
	http.cut = (flags & CUT) != 0;
	reply_read(&reply, &q, &http);
	check_answer(&q, &reply);
	check_written(&q, &reply.answer);
	check_poll(&q, &reply, &http);
	must(!reply.refused || (q.to == REPLY_REFRESH && reply.version > 0));
	reply_fini(&reply);
	free(body);
	free(index);
	return 0;
}
