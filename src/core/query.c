/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include "query.h"

static void
on_done(struct rudder_request *request, const struct rudder_answer *answer)
{
	struct query *q = request->arg;

	q->pending = false;
	if (q->retry.ctx->stopped)
		return;
	if (answer->err == RUDDER_EREGISTRY) {
		query_later(q, answer->why, q->again);
		return;
	}
	q->heard = clock_now(&q->retry.ctx->clock);
	q->on_answer(q->arg, answer);
}

void
query_init(struct query *q, struct context *ctx,
    const struct registry *registry, const char *what, void *arg)
{
	*q = (struct query){ .registry = registry, .arg = arg };
	retry_init(&q->retry, ctx, what, arg);
}

void
query_send(struct query *q, query_op *op,
    void (*on_answer)(void *, const struct rudder_answer *),
    void (*again)(void *))
{
	int rc;

	q->on_answer = on_answer;
	q->again = again;
	q->request.done = on_done;
	q->request.arg = q;
	q->pending = true;
	rc = op(q->registry->state, &q->request);
	if (rc < 0) {
		q->pending = false;
		query_later(q, error_text(rc), again);
	}
}

void
query_later(struct query *q, const char *why, void (*again)(void *))
{
	retry_later(&q->retry, why, again);
}

void
query_ok(struct query *q)
{
	retry_ok(&q->retry);
}

void
query_stop(struct query *q)
{
	retry_stop(&q->retry);
	if (q->pending)
		q->registry->ops->cancel(q->registry->state, &q->request);
	q->pending = false;
}
