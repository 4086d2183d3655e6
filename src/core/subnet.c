/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "net.h"
#include "subnet.h"

static int
by_addr(const void *a, const void *b)
{
	const struct rudder_net *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

/*
 * One sweep over both, in the order of addresses: `reach` is where the
 * furthest of the taken that begin before the candidate's end comes to.
 * 64 bits, because the last candidate may end at 2^32 (F29).
 */
size_t
subnet_free(const struct config *c, struct rudder_net *taken, size_t n,
    struct rudder_net *free, size_t room)
{
	uint64_t size = (uint64_t)1 << (32 - c->subnet_len);
	uint64_t reach = 0, end;
	size_t found = 0, i = 0;

	if (n > 0)
		qsort(taken, n, sizeof(*taken), by_addr);
	for (uint64_t a = c->subnet_min; a <= c->subnet_max; a += size) {
		for (; i < n && taken[i].addr < a + size; i++) {
			end = taken[i].addr + net_size(taken[i]);
			if (end > reach)
				reach = end;
		}
		if (reach > a)
			continue;
		free[found++] =
		    (struct rudder_net){ (uint32_t)a, c->subnet_len };
		if (found == room)
			break;
	}
	return found;
}
