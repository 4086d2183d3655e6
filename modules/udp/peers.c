/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of which a host may be in any of a few slots next to each
 * other; of them, the one that lasts least makes room.
 */
#include <stddef.h>

#include "peers.h"

#define WAYS 8

static size_t
home(uint32_t host)
{
	return host * UINT32_C(0x9e3779b1) >> 24;
}

_Static_assert(PEERS_SLOTS == 256, "the upper 8 bits of a product");

static size_t
slot(uint32_t host, size_t way)
{
	return (home(host) + way) % PEERS_SLOTS;
}

const struct peer *
peers_find(const struct peers *p, uint32_t host, uint64_t now)
{
	const struct peer *one;

	if (p->n == 0)
		return NULL;
	for (size_t way = 0; way < WAYS; way++) {
		one = &p->slots[slot(host, way)];
		if (one->host == host && now < one->until)
			return one;
	}
	return NULL;
}

static struct peer *
make_room(struct peers *p, uint32_t host)
{
	struct peer *one, *oldest = &p->slots[slot(host, 0)];

	for (size_t way = 0; way < WAYS; way++) {
		one = &p->slots[slot(host, way)];
		if (one->host == host)
			return one;
		if (one->until < oldest->until)
			oldest = one;
	}
	return oldest;
}

struct peer *
peers_learn(struct peers *p, uint32_t host, uint64_t now)
{
	struct peer *one = make_room(p, host);

	p->n++;
	if (one->host != host || one->until <= now)
		*one = (struct peer){ .host = host };
	one->until = now + PEERS_LASTS;
	return one;
}
