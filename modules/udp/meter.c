/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "meter.h"

void
meters_init(struct meters *ms, unsigned lanes)
{
	*ms = (struct meters){ .lanes = lanes };
	routes_init(&ms->known);
}

void
meters_fini(struct meters *ms)
{
	struct meter *next;

	for (struct meter *m = ms->first; m != NULL; m = next) {
		next = m->next;
		free(m);
	}
	ms->first = NULL;
	routes_fini(&ms->known);
}

static void
add_up(const struct meters *ms, const struct meter *m, uint64_t sum[N_METERED])
{
	for (unsigned i = 0; i < ms->lanes; i++)
		for (size_t j = 0; j < N_METERED; j++)
			sum[j] += atomic_load_explicit(
			    &m->cells[i].n[j], memory_order_relaxed);
}

/* When any lane heard from it last. */
static uint64_t
last_heard(const struct meters *ms, const struct meter *m)
{
	uint64_t last = 0, one;

	for (unsigned i = 0; i < ms->lanes; i++) {
		one = atomic_load_explicit(
		    &m->cells[i].heard, memory_order_relaxed);
		if (one > last)
			last = one;
	}
	return last;
}

static struct meter *
add(struct meters *ms, struct rudder_net subnet, uint32_t host)
{
	size_t size = sizeof(struct meter) +
		      (size_t)ms->lanes * sizeof(struct meter_cell);
	struct meter *m = aligned_alloc(_Alignof(struct meter), size);

	if (m == NULL)
		return NULL;
	memset(m, 0, size);
	if (routes_set(&ms->known, subnet, host) < 0) {
		free(m);
		return NULL;
	}
	routes_meter(&ms->known, subnet, m);
	m->next = ms->first;
	ms->first = m;
	return m;
}

struct meter *
meters_begin(
    struct meters *ms, struct rudder_net subnet, uint32_t host, uint64_t now)
{
	const struct route *known = routes_exact(&ms->known, subnet);
	struct meter *m;

	if (known == NULL)
		return add(ms, subnet, host);
	m = known->meter;
	if (known->endpoint == host)
		return m;
	memset(m->base, 0, sizeof(m->base));
	add_up(ms, m, m->base);
	m->since = now;
	routes_set(&ms->known, subnet, host); /* a place that it has already */
	return m;
}

size_t
meters_write(const struct meters *ms, struct rudder_net subnet, uint64_t now,
    struct rudder_stat *stats, size_t n)
{
	static const char *const names[N_METERED] = { "tx_packets", "tx_bytes",
		"rx_packets", "rx_bytes" };
	const struct route *known = routes_exact(&ms->known, subnet);
	uint64_t sum[N_METERED] = { 0 }, heard;
	const struct meter *m;

	if (known == NULL)
		return 0;
	m = known->meter;
	add_up(ms, m, sum);
	for (size_t i = 0; i < n && i < N_METERED; i++)
		stats[i] = (struct rudder_stat){ names[i], sum[i] - m->base[i],
			false };
	heard = last_heard(ms, m);
	if (heard <= m->since)
		return N_METERED;
	if (n > N_METERED)
		stats[N_METERED] = (struct rudder_stat){ "heard_seconds_ago",
			now > heard ? (now - heard) / 1000 : 0, true };
	return N_METERED + 1;
}
