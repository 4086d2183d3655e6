/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tun.h - the device through which the kernel hands us the packets of the
 * overlay. It lives as long as its descriptor is open: nothing that was set
 * on it has to be undone.
 */
#ifndef UDP_TUN_H
#define UDP_TUN_H

#include <net/if.h>
#include <stdbool.h>

#include <rudder/module.h>

#include "netconf.h"
#include "offload.h"

#define TUN_QUEUES_MAX 64

struct tun {
	unsigned n; /* queues; 0: no device */

	/* One for each queue; nonblocking; one IPv4 packet a read or write,
	 * or a super-packet, if there are virtio headers. */
	int fd[TUN_QUEUES_MAX];
	unsigned ifindex;
	unsigned rival;	     /* whose the route to the overlay is; netconf.h */
	char name[IFNAMSIZ]; /* rudder0, or the next that is free */
};

/* What it should be like. */
struct tun_config {
	const struct rudder_attach *where;
	unsigned mtu;
	unsigned queues; /* 1..TUN_QUEUES_MAX */
};

/*
 * Creates the device and gives it the MTU, our address (alone, as a /32) and
 * the route to the overlay; it is up on return. A route to the same network
 * that belongs to somebody else stays, with a warning. Of the offloads those
 * go that the kernel does not have. On an error one line was logged, and
 * nothing is left.
 */
int tun_open(struct tun *, const struct rudder_env *, const struct tun_config *,
    struct offload *);
void tun_close(struct tun *); /* n may be 0 */

/*
 * The device is gone: makes it anew, with the name that it had. On an error
 * one line was logged, and it may be tried again.
 */
int tun_reopen(struct tun *, const struct rudder_env *,
    const struct tun_config *, struct offload *);

/* As netconf_mend. */
int tun_mend(struct tun *, const struct rudder_env *, const struct tun_config *,
    bool thorough, const struct netconf_told *);

/* Another MTU. On an error one line was logged, and nothing has changed. */
int tun_set_mtu(
    struct tun *, const struct rudder_env *, const struct tun_config *);

#endif
