/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hash table, open addressing, for the prefixes of all lengths: the
 * length is a part of the key. Never more than half full, so that a probe
 * that finds nothing ends soon.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "routes.h"

#define MIN_BITS 4

struct routes_slot {
	struct route route;
	bool used;
};

void
routes_init(struct routes *r)
{
	memset(r, 0, sizeof(*r));
}

void
routes_fini(struct routes *r)
{
	free(r->slots);
	routes_init(r);
}

int
routes_copy(struct routes *to, const struct routes *from)
{
	size_t size = sizeof(*from->slots) << from->bits;

	routes_init(to);
	if (from->slots == NULL)
		return 0;
	*to = *from;
	to->slots = malloc(size);
	if (to->slots == NULL) {
		routes_init(to);
		return -ENOMEM;
	}
	memcpy(to->slots, from->slots, size);
	return 0;
}

static size_t
mask(const struct routes *r)
{
	return ((size_t)1 << r->bits) - 1;
}

/*
 * Fibonacci hashing: the upper bits of a product with 2^64 / phi. It lays
 * subnets that are neighbours, as those of an overlay are, far apart.
 */
static size_t
home(const struct routes *r, struct rudder_net net)
{
	uint64_t key = (uint64_t)net.addr << 6 | net.len;

	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - r->bits));
}

/* The slot that has this subnet, else the free one where it would go. */
static struct routes_slot *
probe(const struct routes *r, struct rudder_net net)
{
	size_t i = home(r, net);

	while (r->slots[i].used && !net_equal(r->slots[i].route.subnet, net))
		i = (i + 1) & mask(r);
	return &r->slots[i];
}

static int
grow(struct routes *r)
{
	struct routes bigger = *r;

	bigger.bits = r->slots == NULL ? MIN_BITS : r->bits + 1;
	bigger.slots = calloc((size_t)1 << bigger.bits, sizeof(*r->slots));
	if (bigger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; r->slots != NULL && i <= mask(r); i++)
		if (r->slots[i].used)
			*probe(&bigger, r->slots[i].route.subnet) = r->slots[i];
	free(r->slots);
	*r = bigger;
	return 0;
}

/* Counts a route in or out, and keeps the list of lengths. */
static void
tally(struct routes *r, unsigned len, bool in)
{
	r->n += in ? 1 : (size_t)-1;
	r->per_len[len] += in ? 1 : (size_t)-1;
	r->n_lens = 0;
	for (unsigned i = 33; i-- > 0;)
		if (r->per_len[i] > 0)
			r->lens[r->n_lens++] = (uint8_t)i;
}

static struct rudder_net
clean(struct rudder_net net)
{
	net.addr &= net_mask(net.len);
	return net;
}

int
routes_set(struct routes *r, struct rudder_net subnet, uint32_t endpoint)
{
	struct rudder_net net = clean(subnet);
	struct routes_slot *slot;

	if (r->slots == NULL || (r->n + 1) * 2 > mask(r) + 1)
		if (grow(r) < 0)
			return -ENOMEM;
	slot = probe(r, net);
	if (!slot->used) {
		tally(r, net.len, true);
		slot->used = true;
		slot->route = (struct route){ .subnet = net };
	}
	slot->route.endpoint = endpoint;
	return 0;
}

void
routes_meter(struct routes *r, struct rudder_net subnet, struct meter *meter)
{
	probe(r, clean(subnet))->route.meter = meter;
}

/*
 * Closes the gap at `gap`: whatever follows without a break moves up, unless
 * that would put it before its home, where no probe would look for it.
 */
static void
close_gap(struct routes *r, size_t gap)
{
	size_t i = gap;

	r->slots[gap].used = false;
	for (;;) {
		i = (i + 1) & mask(r);
		if (!r->slots[i].used)
			return;
		size_t want = home(r, r->slots[i].route.subnet);
		if (((i - want) & mask(r)) < ((i - gap) & mask(r)))
			continue;
		r->slots[gap] = r->slots[i];
		r->slots[i].used = false;
		gap = i;
	}
}

int
routes_del(struct routes *r, struct rudder_net subnet)
{
	struct rudder_net net = clean(subnet);
	struct routes_slot *slot;

	if (r->slots == NULL)
		return -ENOENT;
	slot = probe(r, net);
	if (!slot->used)
		return -ENOENT;
	close_gap(r, (size_t)(slot - r->slots));
	tally(r, net.len, false);
	return 0;
}

const struct route *
routes_exact(const struct routes *r, struct rudder_net subnet)
{
	const struct routes_slot *slot;

	if (r->slots == NULL)
		return NULL;
	slot = probe(r, clean(subnet));
	return slot->used ? &slot->route : NULL;
}

const struct route *
routes_find(const struct routes *r, uint32_t addr)
{
	for (unsigned i = 0; i < r->n_lens; i++) {
		struct rudder_net net = { addr, r->lens[i] };
		const struct routes_slot *slot = probe(r, clean(net));

		if (slot->used)
			return &slot->route;
	}
	return NULL;
}
