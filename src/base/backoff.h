/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait before the next try. Pure.
 *
 * Doubles from BACKOFF_MIN to BACKOFF_MAX ms, each with a jitter of a
 * quarter to either side, so that hosts which lost the same server do not
 * come back to it in step.
 */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MIN 100
#define BACKOFF_MAX 5000

struct backoff {
	unsigned tries;
};

/*
 * Milliseconds until the next try. `random` is any 32 random bits; setting
 * `tries` to 0 starts over.
 */
unsigned backoff_next(struct backoff *, uint32_t random);

#endif
