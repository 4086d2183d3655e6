/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socks.h - the sockets in the underlay: one for each lane, all at the same
 * address and port. Of several the kernel chooses one for each host that
 * sends to us (SO_REUSEPORT).
 */
#ifndef UDP_SOCKS_H
#define UDP_SOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include <rudder/module.h>

#include "offload.h"
#include "tun.h"

struct socks {
	unsigned n;
	int fd[TUN_QUEUES_MAX]; /* nonblocking; as many as the TUN has queues */
};

struct socks_config {
	const struct rudder_attach *where;
	uint16_t port;
	unsigned n;
	bool pmtu; /* DF on every datagram, and errors are heard */
};

/*
 * Opens and binds them. Of the offloads those go that the kernel does not
 * have. On an error one line was logged, and nothing is left.
 */
int socks_open(struct socks *, const struct rudder_env *,
    const struct socks_config *, struct offload *);
void socks_close(struct socks *); /* n may be 0 */

#endif
