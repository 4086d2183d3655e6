/* SPDX-License-Identifier: Apache-2.0 */
/* process.h - what this process costs its machine. */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdint.h>

struct process {
	double cpu_seconds; /* of all threads, since it began */
	uint64_t resident_bytes;
	unsigned open_fds;
};

/* What the kernel does not tell, without /proc, is 0. */
void process_look(struct process *);

#endif
