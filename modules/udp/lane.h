/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane.h - a queue of the TUN, a socket, and what happens between them. All
 * of a lane lives on one thread: the one that runs its event_base. Only its
 * counters may be read by others.
 *
 * There are two kinds. simple.c takes one packet at a time with one system
 * call for each: the reference, and the last thing to fall back on. fast.c
 * does the same for many at a time. They differ in how packets get in and
 * out; what becomes of a packet is decided here, for both.
 */
#ifndef UDP_LANE_H
#define UDP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "leases.h"
#include "limit.h"
#include "meter.h"
#include "offload.h"
#include "packet.h"
#include "path.h"
#include "peers.h"

struct event;
struct event_base;
struct lane;
struct sockaddr;

/*
 * F37: what one wake-up takes of one direction, at most: that many packets
 * or super-packets. Then the event loop looks for other work.
 */
#define LANE_BUDGET 64

/* What a lane is given by who runs it. All are called on its thread. */
struct lane_owner {
	void *arg;

	/* Milliseconds, as in the env. */
	uint64_t (*now)(void *arg);

	/* For the log, at RUDDER_DEBUG. */
	void (*debug)(void *arg, const char *line);

	/*
	 * A descriptor is of no use any more, and the lane with it; at most
	 * one of these, once. `gone`: it is the TUN's, as when somebody has
	 * deleted the device; there may be another.
	 */
	void (*died)(void *arg, int err, const char *why);
	void (*gone)(void *arg);

	/*
	 * Called after each read and before anything is decided about what
	 * was read: time to set routes. NULL: it is not needed.
	 */
	void (*control)(void *arg);
};

struct lane_config {
	struct event_base *base;
	struct lane_owner owner;
	struct path_place place;
	struct offload offload;
	bool pmtu;     /* datagrams carry DF, the socket hears of errors */
	bool rx_check; /* only the host that has it speaks for a subnet */
	int tun;
	int udp;
	unsigned index; /* which cell of a meter is its own */

	/* What it knows from the start; lane_open copies them. */
	const struct leases *leases;
};

/* One way of moving packets. */
struct lane_kind {
	size_t size; /* of a struct that begins with struct lane */
	int (*init)(struct lane *);
	void (*fini)(struct lane *); /* also after init has failed */

	/* The TUN, or the socket, has something: as much of it as there is,
	 * but not more than LANE_BUDGET. */
	void (*out)(struct lane *);
	void (*in)(struct lane *);
};

extern const struct lane_kind simple_kind;
extern const struct lane_kind fast_kind; /* its TUN has virtio headers */

struct lane {
	struct lane_config cfg;
	const struct lane_kind *kind;
	struct event *tun_ready;
	struct event *udp_ready;
	struct leases leases; /* the owner's to change */
	struct peers peers;
	uint64_t time;	    /* of what the socket had last: see lane_tick */
	struct limit icmp;  /* errors that we send */
	struct limit lines; /* of the log */
	bool dead;
	struct counters counters;
};

/* ---- Its life: by its owner ------------------------------------------- */

int lane_open(
    struct lane **, const struct lane_kind *, const struct lane_config *);
void lane_close(struct lane *); /* or NULL */

/* ---- What becomes of a packet: by its kind ---------------------------- */

/* Something was read. */
static inline void
lane_control(struct lane *l)
{
	if (l->cfg.owner.control != NULL)
		l->cfg.owner.control(l->cfg.owner.arg);
}

/* Something was read from the socket: it is later than before. */
void lane_tick(struct lane *);

/* Where a packet goes. */
struct hop {
	uint32_t host;
	size_t mtu;		  /* what is longer must be fragmented */
	bool segment;		  /* UDP_SEGMENT may be used */
	struct meter_cell *meter; /* or NULL */
};

/*
 * From the TUN. False: it goes nowhere, which was counted, and its sender
 * told. True: it has aged; `longest` is what it will be cut into.
 */
bool lane_leads(struct lane *, struct packet *, size_t longest, struct hop *);

/* Who sent a datagram, or many in one, and what was found out about him. */
struct sender {
	uint32_t host; /* as the datagram says */
	uint32_t src;  /* an inner address that is his; 0: none yet */

	/* What was let in and not counted yet, all from one subnet. */
	struct meter_cell *meter;
	uint64_t packets;
	uint64_t bytes;
};

/*
 * n datagrams from a host. False: they must not even be looked at; that was
 * counted.
 */
bool lane_meets(
    struct lane *, uint32_t host, unsigned n, struct sender *sender);

/* Each packet in them. False: it must not go on; it was counted. */
bool lane_admits(struct lane *, struct sender *, struct packet *);

/* No more from him: what was let in is counted. */
void lane_parts(struct lane *, struct sender *);

/* What packet_parse said of what came out of the TUN, or from the wire. */
void lane_rejects_out(struct lane *, int rc);
void lane_rejects_in(struct lane *, int rc);

/* n packets go no further; pkt is one of them, or NULL. */
void lane_drop(
    struct lane *, enum counter why, unsigned n, const struct packet *pkt);

/* The same of datagrams that nobody looked into. */
void lane_refuse(struct lane *, enum counter why, unsigned n, uint32_t host);

static inline void
lane_count(struct lane *l, enum counter which, uint64_t n)
{
	counters_add(&l->counters, which, n);
}

/* ---- One packet -------------------------------------------------------- */

/* To the TUN, with a virtio header if it has to have one; 0 or -errno. */
int lane_to_tun(struct lane *, const void *data, size_t len);

/* Who a datagram is from; an IPv4 address is as long as a struct sockaddr. */
uint32_t lane_host(const struct sockaddr *);

/* One datagram; 0 or -errno. */
int lane_to_host(struct lane *, uint32_t host, const void *data, size_t len);

/*
 * From the TUN to the wire, which is counted, whatever comes of it. In pieces
 * if it is too long for the way, where it may be cut.
 */
void lane_sends(struct lane *, const struct packet *, const struct hop *);

/* ---- When something goes wrong ---------------------------------------- */

/* Errors after which the same descriptor works again. */
bool lane_passes(int err);

/* The kernel's queue is full. */
bool lane_is_full(int err);

/* Reading from the one or the other has failed with this. */
void lane_tun_failed(struct lane *, int err);
void lane_udp_failed(struct lane *, int err);

/* Reads what the socket has heard of errors: of narrow ways above all. */
void lane_hears(struct lane *);

/* UDP_SEGMENT does not work on the way to that host. */
void lane_unsegment(struct lane *, uint32_t host);

#endif
