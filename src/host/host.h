/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - the machine as the core meets it; tests have others. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "facts.h"

struct host {
	int (*facts)(struct host *, struct facts *, char why[ERROR_WHY]);
	int (*watch)(struct host *); /* a descriptor, for watch_read() */
};

/* This one: facts_read() and watch_open(). */
void host_init(struct host *);

#endif
