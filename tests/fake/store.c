/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "net.h"

void
store_init(struct store *s)
{
	memset(s, 0, sizeof(*s));
	LIST_INIT(&s->memories);
	s->index = 10;
	s->history = 1;
}

void
store_fini(struct store *s)
{
	free(s->config);
	s->config = NULL;
}

const char *
store_text(const struct store *s, char text[32])
{
	snprintf(text, 32, "%p", (const void *)s);
	return text;
}

void
store_wake(struct store *s)
{
	struct memory *m;

	LIST_FOREACH (m, &s->memories, entry)
		event_active(m->work, 0, 0);
}

static struct rudder_net
net_of(const char *key)
{
	struct rudder_net net;

	if (net_parse_key(key, &net) < 0)
		abort();
	return net;
}

struct store_lease *
store_find_net(struct store *s, struct rudder_net net)
{
	for (size_t i = 0; i < s->n_leases; i++) {
		if (net_equal(s->leases[i].subnet, net))
			return &s->leases[i];
	}
	return NULL;
}

const struct store_lease *
store_find(const struct store *s, const char *key)
{
	return store_find_net((struct store *)s, net_of(key));
}

static void
add_event(struct store *s, const struct store_lease *l, bool gone)
{
	if (s->n_events == STORE_EVENTS)
		abort();
	s->events[s->n_events] = *l;
	s->events[s->n_events].version = s->index;
	s->events[s->n_events].gone = gone;
	s->n_events++;
	store_wake(s);
}

void
store_write(
    struct store *s, struct rudder_net net, const char *value, int64_t ttl)
{
	struct store_lease *l = store_find_net(s, net);

	if (l == NULL && s->n_leases == STORE_LEASES)
		abort();
	if (l == NULL) {
		l = &s->leases[s->n_leases++];
		l->created = s->index + 1;
	}
	l->subnet = net;
	l->version = ++s->index;
	l->ttl = ttl;
	snprintf(l->value, sizeof(l->value), "%s", value);
	add_event(s, l, false);
}

/* In etcd a write without a condition makes another of the same name. */
void
store_put(struct store *s, const char *key, const char *value, int64_t ttl)
{
	struct store_lease *l = store_find_net(s, net_of(key));

	if (l != NULL)
		l->created = s->index + 1;
	store_write(s, net_of(key), value, ttl);
}

void
store_delete(struct store *s, const char *key)
{
	struct store_lease *l = store_find_net(s, net_of(key)), gone;

	if (l == NULL)
		abort();
	gone = *l;
	*l = s->leases[--s->n_leases];
	s->index++;
	add_event(s, &gone, true);
}

void
store_config(struct store *s, const char *json)
{
	free(s->config);
	s->config = strdup(json);
	s->config_index = ++s->index;
	store_wake(s);
}

void
store_forget_history(struct store *s)
{
	s->history = s->index + 1;
	store_wake(s);
}

/* As when etcd is started afresh: the indices begin again, below ours. */
void
store_wipe(struct store *s)
{
	s->n_leases = 0;
	s->n_events = 0;
	s->index = 1;
	s->history = 1;
	store_wake(s);
}

void
store_fail(struct store *s, enum store_op op, int err, unsigned count)
{
	s->fail[op] = err;
	s->fail_count[op] = count;
}

const struct store_lease *
store_event(const struct store *s, uint64_t index)
{
	for (size_t i = 0; i < s->n_events; i++) {
		if (s->events[i].version >= index)
			return &s->events[i];
	}
	return NULL;
}
