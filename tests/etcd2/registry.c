/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "net.h"
#include "registry.h"

/* The module has one name when it is shared, and another when static. */
#ifdef RUDDER_STATIC_MODULES
#define ETCD2 rudder_module_etcd2
#else
#define ETCD2 rudder_module
#endif
extern const struct rudder_module ETCD2;

/* Generous: for when something is broken, on a slow machine. */
#define LATE 60

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct registry *r = arg;

	(void)fd;
	(void)what;
	r->late = true;
}

const struct rudder_registry *
registry_ops(void)
{
	return ETCD2.registry;
}

void
registry_open(struct registry *r)
{
	r->base = event_base_new();
	r->ops = registry_ops();
	r->late = false;
	r->guard = evtimer_new(r->base, on_late, r);
	test_env_init(&r->env, r->base);
	assert_int_equal(ETCD2.abi, RUDDER_MODULE_ABI);
	assert_int_equal(r->ops->open(&r->env.env, &r->impl), 0);
}

void
registry_close(struct registry *r)
{
	r->ops->close(r->impl);
	event_free(r->guard);
	event_base_free(r->base);
}

void
registry_reopen(struct registry *r)
{
	r->ops->close(r->impl);
	assert_int_equal(r->ops->open(&r->env.env, &r->impl), 0);
}

void
registry_option(struct registry *r, const char *name, const char *value)
{
	size_t i = 0;

	while (r->env.options[i].name != NULL &&
	       strcmp(r->env.options[i].name, name) != 0)
		i++;
	assert_true(i < sizeof(r->env.options) / sizeof(r->env.options[0]));
	r->env.options[i].name = name;
	r->env.options[i].value = value;
}

void
registry_run(struct registry *r, bool (*is_so)(void *), void *arg)
{
	struct timeval tv = { LATE, 0 };

	event_add(r->guard, &tv);
	while (!r->late && !is_so(arg))
		event_base_loop(r->base, EVLOOP_ONCE);
	event_del(r->guard);
	assert_false(r->late);
}

static void
keep_record(struct asked *a, const struct rudder_record *record)
{
	size_t n = a->n++;

	if (n >= KEEP)
		return;
	net_key(a->records[n].key, record->subnet);
	a->records[n].gone = record->value == NULL;
	snprintf(a->records[n].value, sizeof(a->records[n].value), "%s",
	    record->value != NULL ? record->value : "");
	a->records[n].version = record->version;
	a->records[n].ttl = record->ttl;
}

static void
on_done(struct rudder_request *request, const struct rudder_answer *answer)
{
	struct asked *a = request->arg;

	a->answers++;
	a->err = answer->err;
	snprintf(a->why, sizeof(a->why), "%s",
	    answer->why != NULL ? answer->why : "");
	a->index = answer->index;
	snprintf(a->config, sizeof(a->config), "%s",
	    answer->config != NULL ? answer->config : "");
	a->n = 0;
	for (size_t i = 0; i < answer->n_records; i++)
		keep_record(a, &answer->records[i]);
	if (a->then != NULL)
		a->then(a);
}

struct asked *
asked_init(struct asked *a, struct registry *r)
{
	*a = (struct asked){
		.registry = r,
		.request = { .done = on_done, .arg = a },
	};
	return a;
}

void
asked_subnet(struct asked *a, const char *key, const char *value, unsigned ttl)
{
	assert_int_equal(net_parse_key(key, &a->request.subnet), 0);
	a->request.value = value;
	a->request.ttl = ttl;
}

static bool
is_answered(void *arg)
{
	const struct asked *a = arg;

	return a->answers > 0;
}

void
asked_wait(struct asked *a)
{
	registry_run(a->registry, is_answered, a);
	assert_int_equal(a->answers, 1);
	assert_null(a->request.impl);
}

/* Whatever was begun, there is no answer within the call. */
static void
begun(struct asked *a, int rc)
{
	assert_int_equal(rc, 0);
	assert_int_equal(a->answers, 0);
	asked_wait(a);
}

void
asked_config(struct asked *a, struct registry *r, uint64_t index)
{
	asked_init(a, r)->request.index = index;
	begun(a, r->ops->config(r->impl, &a->request));
}

void
asked_list(struct asked *a, struct registry *r)
{
	asked_init(a, r);
	begun(a, r->ops->list(r->impl, &a->request));
}

void
asked_watch(struct asked *a, struct registry *r, uint64_t index)
{
	asked_init(a, r)->request.index = index;
	begun(a, r->ops->watch(r->impl, &a->request));
}

void
asked_create(struct asked *a, struct registry *r, const char *key,
    const char *value, unsigned ttl)
{
	asked_subnet(asked_init(a, r), key, value, ttl);
	begun(a, r->ops->create(r->impl, &a->request));
}

void
asked_renew(struct asked *a, struct registry *r, const char *key,
    const char *value, unsigned ttl, uint64_t version)
{
	asked_subnet(asked_init(a, r), key, value, ttl);
	a->request.version = version;
	begun(a, r->ops->renew(r->impl, &a->request));
}

void
asked_refresh(struct asked *a, struct registry *r, const char *key,
    const char *value, unsigned ttl, uint64_t version)
{
	asked_subnet(asked_init(a, r), key, value, ttl);
	a->request.version = version;
	a->request.same_value = true;
	begun(a, r->ops->renew(r->impl, &a->request));
}

void
asked_release(
    struct asked *a, struct registry *r, const char *key, uint64_t version)
{
	asked_subnet(asked_init(a, r), key, NULL, 0);
	a->request.version = version;
	begun(a, r->ops->release(r->impl, &a->request));
}

uint64_t
registry_stat(struct registry *r, const char *name)
{
	struct rudder_stat stats[32];
	size_t n = r->ops->stats(r->impl, stats, 32);

	for (size_t i = 0; i < n; i++)
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	fail_msg("there is no counter %s", name);
	return 0;
}
