/* SPDX-License-Identifier: Apache-2.0 */
#include "backoff.h"

unsigned
backoff_next(struct backoff *b, uint32_t random)
{
	unsigned ms = BACKOFF_MAX;

	/* 100 << 6 is past the maximum already. */
	if (b->tries < 6 && BACKOFF_MIN << b->tries < BACKOFF_MAX)
		ms = BACKOFF_MIN << b->tries;
	b->tries++;
	return ms - ms / 4 + random % (ms / 2 + 1);
}
