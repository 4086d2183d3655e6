/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - the data path: packets between the TUN and the UDP socket. All
 * that the rest of the module knows of it is here.
 *
 * On the wire a datagram is one inner IPv4 packet and nothing else, as it
 * has been since 2014; each end takes one from its TTL.
 *
 * A path has one lane or more, each with a queue of the TUN and a socket of
 * its own. With workers each lane runs on a thread, else the only one runs
 * on the embedder's event_base. In either case all functions here are called
 * on the embedder's thread, and so is the env.
 */
#ifndef UDP_PATH_H
#define UDP_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/module.h>

#include "counters.h"
#include "offload.h"

struct path;

/* Where we are. */
struct path_place {
	const char *tun_name;	   /* borrowed until path_stop */
	uint16_t port;		   /* where every host listens */
	unsigned mtu;		   /* of the TUN */
	uint32_t iface_ip;	   /* ours in the underlay */
	struct rudder_net network; /* the overlay */
	struct rudder_net subnet;  /* ours; its addr is the TUN's too */
};

/* Copied by path_start, but not what it points to. */
struct path_config {
	struct path_place place;
	struct offload offload; /* what there is, and is to be used */
	bool pmtu;		/* datagrams carry DF, sockets hear of errors */
	bool rx_check;		/* only who has a subnet speaks for it */
	unsigned workers;	/* 0: none, and one lane */

	/*
	 * A queue of the TUN does not work any more: the path should be
	 * stopped, and started with others; later, not inside of this. May be
	 * called for each of them.
	 */
	void (*gone)(void *arg);
	void *gone_arg;

	/* One for each lane, which is at least one; borrowed until
	 * path_stop; nonblocking. The sockets are bound. */
	const int *tun;
	const int *udp;
};

/* One that is not started: it keeps routes and counters. It will never have
 * more lanes than that. */
int path_open(struct path **, const struct rudder_env *, unsigned lanes);
void path_close(struct path *); /* or NULL */

/*
 * Packets flow from now on. -errno: they do not. When a socket has died
 * env->failed is called, once, and from then on nothing flows in its lane.
 */
int path_start(struct path *, const struct path_config *);

/*
 * They do not any more; waits for the threads to end. It may be started again,
 * with other descriptors. Not inside of env->failed.
 */
void path_stop(struct path *); /* or NULL */

/*
 * Packets to `subnet` go to the host `endpoint`, and come from there: all those
 * that enter the TUN or the socket after this has returned. -ENOMEM: as before.
 * Whether it is started or not.
 */
int path_route_set(struct path *, struct rudder_net subnet, uint32_t endpoint);
int path_route_del(struct path *, struct rudder_net subnet); /* or -ENOENT */

/* Something that no lane counts. */
void path_count(struct path *, enum counter, uint64_t n);
uint64_t path_counted(const struct path *, enum counter);

/*
 * Writes at most n counters, always the same in the same order; returns how
 * many there are. tx_ is from the TUN to the wire, bytes are inner ones. Of
 * NULL, a path that is not open, all are 0.
 */
size_t path_stats(const struct path *, struct rudder_stat *, size_t n);

/*
 * Likewise of one route: as of a backend's peer_stats. What has come from there
 * counts when it was let in, whether the TUN took it or not.
 */
size_t path_peer_stats(const struct path *, struct rudder_net subnet,
    struct rudder_stat *, size_t n);

#endif
