/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ping.h - which addresses answer, and with how long a packet: echo requests
 * (RFC 792) to all of them at once, answered or not within a few seconds.
 */
#ifndef DAEMON_PING_H
#define DAEMON_PING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ping {
	uint32_t address; /* set by the caller, host byte order */
	bool answered;
	double ms; /* from the first request to the first answer */
};

/*
 * `size` is that of the whole packet in bytes, which carries DF: from 28 to
 * 65535. Waits as long as three requests and their answers take. 0, or
 * -errno: none could be sent.
 */
int ping_all(struct ping *, size_t n, size_t size);

#endif
