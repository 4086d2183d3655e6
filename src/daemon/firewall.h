/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firewall.h - which chains of this machine drop whatever none of their rules
 * accepts: those that a packet of the overlay may be lost in.
 */
#ifndef DAEMON_FIREWALL_H
#define DAEMON_FIREWALL_H

#include <stdbool.h>

#define FIREWALL_CHAIN 160

/* A chain as in "ip filter INPUT"; the first one that there is; "": none. */
struct firewall {
	char input[FIREWALL_CHAIN];
	char forward[FIREWALL_CHAIN];
	bool
	    passes; /* rules of ours accept the overlay in the one of iptables */
};

/* 0; or -ENOTSUP: built without libnftables; or another -errno. */
int firewall_look(struct firewall *);

/* From nftables' JSON of all chains. Pure. */
void firewall_read(struct firewall *, const char *json);

#endif
