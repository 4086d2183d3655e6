/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

unsigned
run_most(uint32_t size)
{
	unsigned fit = size == 0 ? RUN_SEGMENTS : RUN_BYTES / size;

	if (fit == 0)
		return 1;
	return fit < RUN_SEGMENTS ? fit : RUN_SEGMENTS;
}

/* A packet alone has no size but its own. */
static bool
sizes_agree(const struct run *run, const struct run *next)
{
	if (next->count == 1)
		return next->last <= run->size;
	return next->size == run->size;
}

bool
run_join(struct run *run, const struct run *next)
{
	if (run->count == 0 || next->count == 0 || run->last != run->size ||
	    next->data != run->data + run_bytes(run) || !sizes_agree(run, next))
		return false;
	run->count += next->count;
	run->last = next->last;
	return true;
}

struct run
run_take(struct run *r, unsigned most)
{
	struct run taken = *r;

	if (r->count > most) {
		taken.count = most;
		taken.last = r->size;
	}
	r->data += run_bytes(&taken);
	r->count -= taken.count;
	return taken;
}
