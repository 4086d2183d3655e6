/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - the data path: packets between the TUN and the UDP socket, on an
 * event_base. All that the rest of the module knows of it is here, so that a
 * faster one can take its place.
 *
 * On the wire a datagram is one inner IPv4 packet and nothing else, as it
 * has been since 2014; each end takes one from its TTL.
 */
#ifndef UDP_PATH_H
#define UDP_PATH_H

#include <stddef.h>
#include <stdint.h>

#include <rudder/module.h>

struct path;

/* Copied by path_open, but not what it points to. */
struct path_config {
	const struct rudder_env *env;
	int tun;	      /* borrowed until path_close; nonblocking */
	int udp;	      /* likewise; bound */
	const char *tun_name; /* likewise */
	uint16_t port;	      /* where every host listens */
	uint32_t iface_ip;    /* ours in the underlay */
	struct rudder_net network;
	struct rudder_net subnet; /* ours; its addr is the TUN's too */
};

/*
 * Packets flow from now on. -ENOMEM: they do not. When a descriptor has died
 * env->failed is called, once, and from then on nothing flows.
 */
int path_open(struct path **, const struct path_config *);
void path_close(struct path *); /* or NULL */

/* Packets to `subnet` go to the host `endpoint`. -ENOMEM: as before. */
int path_route_set(struct path *, struct rudder_net subnet, uint32_t endpoint);
int path_route_del(struct path *, struct rudder_net subnet); /* or -ENOENT */

/*
 * Writes at most n counters, always the same in the same order; returns how
 * many there are. tx_ is from the TUN to the wire, bytes are inner ones. Of
 * NULL, a path that is not open, all are 0.
 */
size_t path_stats(const struct path *, struct rudder_stat *, size_t n);

#endif
