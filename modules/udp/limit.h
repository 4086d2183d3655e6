/* SPDX-License-Identifier: Apache-2.0 */
/* limit.h - a token bucket: so many at once, so many a second. Pure. */
#ifndef UDP_LIMIT_H
#define UDP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct limit {
	uint32_t rate;	 /* a second */
	uint32_t burst;	 /* at once */
	uint64_t spent;	 /* thousandths of one; fades with time */
	uint64_t before; /* when it was last looked at, milliseconds */
};

/* May one more go? If so it is counted. */
static inline bool
limit_take(struct limit *l, uint64_t now)
{
	uint64_t faded = (now - l->before) * l->rate;

	l->before = now;
	l->spent -= faded < l->spent ? faded : l->spent;
	if (l->spent + 1000 > (uint64_t)l->burst * 1000)
		return false;
	l->spent += 1000;
	return true;
}

#endif
