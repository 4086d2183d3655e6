/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry module on a store in memory: each request is answered from the
 * loop, in its next turn or when there is something to say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "net.h"

static int
ask(struct memory *m, struct rudder_request *request, enum store_op op)
{
	struct pending *p = malloc(sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	*p = (struct pending){ .request = request, .op = op };
	request->impl = p;
	m->store->requests[op]++;
	LIST_INSERT_HEAD(&m->pending, p, entry);
	event_active(m->work, 0, 0);
	return 0;
}

static void
forget(struct pending *p)
{
	LIST_REMOVE(p, entry);
	p->request->impl = NULL;
	free(p);
}

/* ---- Answers, each made when it is due ------------------------------------- */

static struct rudder_record
record_of(const struct store_lease *l)
{
	return (struct rudder_record){
		.subnet = l->subnet,
		.value = l->gone ? NULL : l->value,
		.version = l->version,
		.created = l->created,
		.ttl = l->ttl,
	};
}

static bool
answer_config(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	struct store *s = m->store;

	(void)records;
	a->index = s->index + 1;
	if (q->index > 0 && q->index < s->history)
		a->err = RUDDER_ELOST;
	else if (s->config != NULL && s->config_index >= q->index)
		a->config = s->config;
	else if (q->index > 0)
		return false;
	else
		a->err = RUDDER_ENOTFOUND;
	return true;
}

static bool
answer_list(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	struct store *s = m->store;

	(void)q;
	for (size_t i = 0; i < s->n_leases; i++)
		records[i] = record_of(&s->leases[i]);
	a->n_records = s->n_leases;
	a->index = s->index + 1;
	return true;
}

static void
write_one(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	store_write(m->store, q->subnet, q->value, q->ttl);
	records[0] = record_of(store_find_net(m->store, q->subnet));
	a->n_records = 1;
	a->index = m->store->index + 1;
}

static bool
answer_create(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	if (store_find_net(m->store, q->subnet) != NULL)
		a->err = RUDDER_EEXISTS;
	else
		write_one(m, q, a, records);
	return true;
}

static bool
answer_renew(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	const struct store_lease *l = store_find_net(m->store, q->subnet);

	if (l == NULL)
		a->err = RUDDER_ENOTFOUND;
	else if (l->version != q->version)
		a->err = RUDDER_ECHANGED;
	else if (q->same_value && strcmp(l->value, q->value) != 0)
		abort(); /* a refresh would keep another value than it thinks */
	else
		write_one(m, q, a, records);
	m->store->same_values += q->same_value;
	return true;
}

static bool
answer_release(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	const struct store_lease *l = store_find_net(m->store, q->subnet);
	char key[NET_TEXT];

	(void)records;
	if (l == NULL)
		a->err = RUDDER_ENOTFOUND;
	else if (l->version != q->version)
		a->err = RUDDER_ECHANGED;
	else
		store_delete(m->store, net_key(key, q->subnet));
	return true;
}

static bool
answer_watch(struct memory *m, const struct rudder_request *q,
    struct rudder_answer *a, struct rudder_record *records)
{
	const struct store_lease *event = store_event(m->store, q->index);

	if (q->index < m->store->history || q->index > m->store->index + 1) {
		a->err = RUDDER_ELOST;
		return true;
	}
	if (event == NULL)
		return false;
	records[0] = record_of(event);
	a->n_records = 1;
	a->index = event->version + 1;
	a->newest = m->store->index + 1;
	return true;
}

static bool (*const answers[OPS])(struct memory *,
    const struct rudder_request *, struct rudder_answer *,
    struct rudder_record *) = {
	[OP_CONFIG] = answer_config,
	[OP_LIST] = answer_list,
	[OP_CREATE] = answer_create,
	[OP_RENEW] = answer_renew,
	[OP_RELEASE] = answer_release,
	[OP_WATCH] = answer_watch,
};

/* True: the script wants it to go wrong. */
static bool
must_fail(struct store *s, enum store_op op)
{
	if (s->fail_count[op] == 0)
		return false;
	s->fail_count[op]--;
	return true;
}

static void
finish(struct memory *m, struct pending *p)
{
	struct rudder_record records[STORE_LEASES];
	struct rudder_answer a = { .why = "as the script wants it",
		.records = records };
	struct rudder_request *q = p->request;
	enum store_op op = p->op;
	bool fails = must_fail(m->store, op);

	if (!fails || m->store->fail_after[op]) {
		if (!answers[op](m, q, &a, records))
			return;
	}
	if (fails)
		a = (struct rudder_answer){ .err = m->store->fail[op],
			.why = "it fails as the script wants it" };
	if (m->store->meanwhile != NULL)
		m->store->meanwhile(m->store->arg, op);
	forget(p);
	q->done(q, &a);
}

/* An answer may begin and cancel requests: after each we start over. */
static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct pending *p, *seen[STORE_LEASES];
	struct memory *m = arg;
	size_t n = 0;

	(void)fd;
	(void)what;
	LIST_FOREACH (p, &m->pending, entry)
		seen[n++] = p;
	for (size_t i = 0; i < n; i++) {
		LIST_FOREACH (p, &m->pending, entry) {
			if (p == seen[i]) {
				finish(m, p);
				break;
			}
		}
	}
}

/* ---- The module -------------------------------------------------------------- */

static int
memory_open(const struct rudder_env *env, void **registry)
{
	struct memory *m = calloc(1, sizeof(*m));
	const char *text = env->option(env, "store");
	void *store = NULL;

	if (m == NULL)
		return -ENOMEM;
	if (text == NULL || sscanf(text, "%p", &store) != 1) {
		env->log(env, RUDDER_ERROR, "store: it must be set");
		free(m);
		return RUDDER_EOPTION;
	}
	m->env = env;
	m->store = store;
	m->work = event_new(env->base, -1, 0, on_work, m);
	if (m->work == NULL) {
		free(m);
		return -ENOMEM;
	}
	LIST_INIT(&m->pending);
	LIST_INSERT_HEAD(&m->store->memories, m, entry);
	env->log(env, RUDDER_DEBUG, "open");
	*registry = m;
	return 0;
}

static void
memory_close(void *registry)
{
	struct memory *m = registry;
	struct pending *p;

	while ((p = LIST_FIRST(&m->pending)) != NULL)
		forget(p);
	LIST_REMOVE(m, entry);
	event_free(m->work);
	free(m);
}

static int
memory_config(void *m, struct rudder_request *q)
{
	return ask(m, q, OP_CONFIG);
}

static int
memory_list(void *m, struct rudder_request *q)
{
	return ask(m, q, OP_LIST);
}

static int
memory_create(void *m, struct rudder_request *q)
{
	return ask(m, q, OP_CREATE);
}

static int
memory_renew(void *m, struct rudder_request *q)
{
	return ask(m, q, OP_RENEW);
}

static int
memory_release(void *m, struct rudder_request *q)
{
	return ask(m, q, OP_RELEASE);
}

static int
memory_watch(void *m, struct rudder_request *q)
{
	return ask(m, q, OP_WATCH);
}

static void
memory_cancel(void *m, struct rudder_request *q)
{
	(void)m;
	if (q->impl != NULL)
		forget(q->impl);
}

static const struct rudder_registry ops = {
	.open = memory_open,
	.close = memory_close,
	.config = memory_config,
	.list = memory_list,
	.create = memory_create,
	.renew = memory_renew,
	.release = memory_release,
	.watch = memory_watch,
	.cancel = memory_cancel,
};

static const struct rudder_option options[] = {
	{ .name = "store", .value = "address", .help = "of a struct store" },
	{ .name = NULL },
};

RUDDER_MODULE(memory) = {
	.abi = RUDDER_MODULE_ABI,
	.name = "memory",
	.options = options,
	.registry = &ops,
};
