/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tun.h - the device through which the kernel hands us the packets of the
 * overlay. It lives as long as its descriptor is open: nothing that was set
 * on it has to be undone.
 */
#ifndef UDP_TUN_H
#define UDP_TUN_H

#include <net/if.h>

#include <rudder/module.h>

struct tun {
	int fd; /* -1: none; nonblocking; one IPv4 packet a read or write */
	unsigned ifindex;
	char name[IFNAMSIZ]; /* rudder0, or the next that is free */
};

/*
 * Creates the device and gives it the MTU, our address (alone, as a /32) and
 * the route to the overlay; it is up on return. A route to the same network
 * that belongs to somebody else stays, with a warning. On an error one line
 * was logged, and nothing is left.
 */
int tun_open(struct tun *, const struct rudder_env *,
    const struct rudder_attach *, unsigned mtu);
void tun_close(struct tun *); /* fd may be -1 */

#endif
