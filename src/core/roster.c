/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "net.h"
#include "roster.h"

void
roster_init(struct roster *r, struct rudder_net own)
{
	*r = (struct roster){ .own = own };
	r->lengths[own.len]++;
	TAILQ_INIT(&r->changed);
}

void
roster_fini(struct roster *r)
{
	tdestroy(r->tree, free);
	r->tree = NULL;
}

/* ---- The table ---------------------------------------------------------------- */

/* A wider one comes before what is inside of it. */
static int
by_subnet(const void *a, const void *b)
{
	const struct peer *x = a, *y = b;

	if (x->subnet.addr != y->subnet.addr)
		return x->subnet.addr < y->subnet.addr ? -1 : 1;
	return (int)x->subnet.len - (int)y->subnet.len;
}

struct peer *
roster_find(const struct roster *r, struct rudder_net subnet)
{
	struct peer key = { .subnet = subnet };
	void *node = tfind(&key, &r->tree, by_subnet);

	return node != NULL ? *(struct peer **)node : NULL;
}

/* Where all are of one length, no two of them overlap. */
static bool
is_mixed(const struct roster *r)
{
	unsigned n = 0;

	for (unsigned len = 0; len <= 32; len++)
		n += r->lengths[len] > 0;
	return n > 1;
}

struct peer *
roster_add(struct roster *r, struct rudder_net subnet)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		return NULL;
	peer->subnet = subnet;
	if (tsearch(peer, &r->tree, by_subnet) == NULL) {
		free(peer);
		return NULL;
	}
	r->count++;
	r->lengths[subnet.len]++;
	r->stale = true;
	peer->in_force = !is_mixed(r);
	r->mixed |= !peer->in_force;
	roster_changed(r, peer);
	return peer;
}

void
roster_drop(struct roster *r, struct peer *peer)
{
	tdelete(peer, &r->tree, by_subnet);
	r->count--;
	r->lengths[peer->subnet.len]--;
	r->stale = true;
	if (peer->changed)
		TAILQ_REMOVE(&r->changed, peer, change);
	free(peer);
}

void
roster_changed(struct roster *r, struct peer *peer)
{
	if (!peer->changed)
		TAILQ_INSERT_TAIL(&r->changed, peer, change);
	peer->changed = true;
}

struct peer *
roster_next_change(struct roster *r)
{
	struct peer *peer = TAILQ_FIRST(&r->changed);

	if (peer == NULL)
		return NULL;
	TAILQ_REMOVE(&r->changed, peer, change);
	peer->changed = false;
	return peer;
}

struct walk {
	void (*on_peer)(void *arg, struct peer *);
	void *arg;
};

static void
on_node(const void *node, VISIT visit, void *closure)
{
	const struct walk *walk = closure;

	if (visit == postorder || visit == leaf)
		walk->on_peer(walk->arg, *(struct peer *const *)node);
}

void
roster_walk(const struct roster *r, void (*on_peer)(void *arg, struct peer *),
    void *arg)
{
	struct walk walk = { on_peer, arg };

	twalk_r(r->tree, on_node, &walk);
}

/* ---- Who is in force ------------------------------------------------------------ */

/*
 * Networks either contain each other or have nothing in common: so what
 * overlaps with one is above it or under it, and in the order of by_subnet
 * the one above it is the last that contains it.
 */
struct sweep {
	const struct roster *roster;
	unsigned subnet_len;
	struct peer *last;     /* that was looked at */
	struct peer **tangled; /* those that overlap with another */
	size_t n;
};

static void
tangle(struct sweep *s, struct peer *peer)
{
	if (!peer->tangled)
		s->tangled[s->n++] = peer;
	peer->tangled = true;
	peer->wins = false; /* until its turn comes */
}

static void
on_sweep(void *arg, struct peer *peer)
{
	struct sweep *s = arg;
	struct peer *above = s->last;

	while (above != NULL && !net_within(peer->subnet, above->subnet))
		above = above->above;
	peer->above = above;
	peer->under = NULL;
	peer->tangled = false;
	peer->fits = peer->subnet.len == s->subnet_len;
	peer->wins = true;
	s->last = peer;
	if (above != NULL) {
		tangle(s, above);
		tangle(s, peer);
	} else if (net_overlap(peer->subnet, s->roster->own)) {
		tangle(s, peer);
	}
}

static int
by_rank(const void *a, const void *b)
{
	const struct peer *x = *(struct peer *const *)a;
	const struct peer *y = *(struct peer *const *)b;

	if (x->fits != y->fits)
		return x->fits ? -1 : 1;
	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return by_subnet(x, y);
}

/* All that go before it have had their turn. */
static void
decide(const struct roster *r, struct peer *peer)
{
	const struct peer *rival = peer->under;
	struct peer *a;

	for (a = peer->above; a != NULL && rival == NULL; a = a->above) {
		if (a->wins)
			rival = a;
	}
	peer->beaten_by = rival;
	peer->wins = rival == NULL && !net_overlap(peer->subnet, r->own);
	if (!peer->wins)
		return;
	for (a = peer->above; a != NULL; a = a->above) {
		if (a->under == NULL)
			a->under = peer;
	}
}

static void
on_verdict(void *arg, struct peer *peer)
{
	if (peer->wins != peer->in_force)
		roster_changed(arg, peer);
	peer->in_force = peer->wins;
}

int
roster_judge(struct roster *r, unsigned subnet_len)
{
	struct sweep s = { .roster = r, .subnet_len = subnet_len };
	bool mixed = is_mixed(r);

	if (!r->stale || (!mixed && !r->mixed)) {
		r->stale = false;
		return 0;
	}
	s.tangled = calloc(r->count + 1, sizeof(struct peer *));
	if (s.tangled == NULL)
		return -ENOMEM;
	roster_walk(r, on_sweep, &s);
	qsort(s.tangled, s.n, sizeof(struct peer *), by_rank);
	for (size_t i = 0; i < s.n; i++)
		decide(r, s.tangled[i]);
	free(s.tangled);
	roster_walk(r, on_verdict, r);
	r->stale = false;
	r->mixed = mixed;
	return 0;
}
