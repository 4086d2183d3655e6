/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netconf.h - what is set on the TUN: its MTU, our address, the route to the
 * overlay, and that it is up. Set once, and put back whenever somebody has
 * changed it (F50).
 */
#ifndef UDP_NETCONF_H
#define UDP_NETCONF_H

#include <stdbool.h>

#include <rudder/module.h>

/* What is to be so. */
struct netconf {
	const struct rudder_env *env;
	const char *name;
	unsigned ifindex;
	unsigned mtu;
	struct rudder_net network; /* is routed to it */
	struct rudder_net subnet;  /* its address is the first one */

	/*
	 * The device of somebody else's route to the same network, or 0: it
	 * stays, with a warning when it is new.
	 */
	unsigned *rival;
};

/* Whom to tell what was put back, in words that follow the device's name. */
struct netconf_told {
	void (*mended)(void *arg, const char *what);
	void *arg;
};

/* Sets all of it on a new device. On an error (-errno) one line was logged. */
int netconf_apply(const struct netconf *);

/* Sets the MTU alone; errors likewise. */
int netconf_set_mtu(const struct netconf *);

/*
 * Looks at all of it and puts back what is not so; addresses inside of the
 * overlay that somebody else has put there go. Thorough: reads the kernel's
 * routes, of which there may be very many; else it will not be seen that
 * somebody has changed ours. -ENODEV, without a line: there is no device any
 * more. Other errors as above.
 */
int netconf_mend(
    const struct netconf *, bool thorough, const struct netconf_told *);

#endif
