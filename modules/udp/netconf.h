/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netconf.h - what is set on the TUN by rtnetlink(7): its MTU, our address,
 * the route to the overlay, and that it is up.
 */
#ifndef UDP_NETCONF_H
#define UDP_NETCONF_H

#include <rudder/module.h>

/* What is to be so. */
struct netconf {
	const struct rudder_env *env;
	const char *name;
	unsigned ifindex;
	unsigned mtu;
	struct rudder_net network; /* is routed to it */
	struct rudder_net subnet;  /* its address is the first one */
};

/*
 * Sets all of it on a new device. A route to the same network that is somebody
 * else's stays, with a warning. On an error (-errno) one line was logged.
 */
int netconf_apply(const struct netconf *);

/* Sets the MTU alone; errors likewise. */
int netconf_set_mtu(const struct netconf *);

#endif
