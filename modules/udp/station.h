/* SPDX-License-Identifier: Apache-2.0 */
/*
 * station.h - the two ends, the TUN and the sockets, and the path between
 * them: how they are built, and rebuilt while the peers stay. What somebody
 * else changes of the TUN it puts back, by itself.
 */
#ifndef UDP_STATION_H
#define UDP_STATION_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <rudder/module.h>

#include "limit.h"
#include "offload.h"
#include "path.h"
#include "socks.h"
#include "tun.h"
#include "tunwatch.h"

/* What the options say. */
struct station_config {
	uint16_t port;
	unsigned workers;
	bool pmtu;
	bool rx_check;
	struct offload wanted;
};

struct station {
	const struct rudder_env *env;
	struct station_config cfg;
	struct rudder_attach where; /* its iface is the text below */
	char iface[IFNAMSIZ];
	unsigned mtu;
	struct offload offload; /* what there is of what is wanted */
	struct socks socks;
	struct tun tun;
	struct path *path; /* NULL: not attached */
	struct tunwatch *watch;
	bool lost;	    /* the device is gone, and not yet made again */
	struct limit lines; /* about what was put back */
	unsigned unsaid;    /* that were one too many */
};

void station_init(
    struct station *, const struct rudder_env *, const struct station_config *);
void station_fini(struct station *); /* whether attached or not */

/* As of struct rudder_backend. */
int station_attach(struct station *, const struct rudder_attach *);

/*
 * Likewise. After an error all is as it was; or, where the kernel would not
 * even do that, packets do not flow, and the peers stay. It may be tried again
 * in either case.
 */
int station_move(struct station *, const struct rudder_attach *);

#endif
