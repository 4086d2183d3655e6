/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "timeslice.h"

/*
 * Nanoseconds. Measured on two processors that had both ends to run: of small
 * datagrams to sockets with the usual buffers 1.4 times as many arrive as with
 * the 3 ms that are usual, the rest is as it was; ten times more does no more.
 */
#define SLICE UINT64_C(10000000)

/* struct sched_attr, which the C library does not always have. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

_Static_assert(sizeof(struct attributes) == 48, "SCHED_ATTR_SIZE_VER0");

void
timeslice_lengthen(void)
{
	struct attributes a = { .size = sizeof(a) };

	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) < 0 ||
	    a.policy != SCHED_OTHER)
		return;
	a.runtime = SLICE;
	syscall(SYS_sched_setattr, 0, &a, 0);
}
