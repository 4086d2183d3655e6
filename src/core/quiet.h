/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiet.h - a limit for lines that others can provoke: so many in so long,
 * and then one in so long, which says how many were left out. Pure.
 */
#ifndef CORE_QUIET_H
#define CORE_QUIET_H

#include <stdbool.h>
#include <stdint.h>

#define QUIET_LINES 10
#define QUIET_MS 10000

/* All zeros at the beginning. */
struct quiet {
	uint64_t since; /* when these lines began */
	unsigned said;
	unsigned unsaid; /* left out since the last one */
};

/*
 * May a line be said now? Then *unsaid is how many were not, since the one
 * before.
 */
bool quiet_may_say(struct quiet *, uint64_t now, unsigned *unsaid);

#endif
