/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipmasq.h - the rules that -ip-masq and -forward-accept put into nftables,
 * kept there while rudder runs and left there when it ends: containers
 * outlive it, and a restart replaces them without a gap.
 */
#ifndef DAEMON_IPMASQ_H
#define DAEMON_IPMASQ_H

#include <stdbool.h>

#include <rudder/rudder.h>

struct event_base;
struct ipmasq;

struct ipmasq_wish {
	bool masquerade;
	bool forward_accept;
	bool keep_ports; /* do not even try to draw them at random */
};

/* One line, to be logged. */
typedef void ipmasq_say(enum rudder_level, const char *line, void *arg);

/*
 * 0, -ENOTSUP: built without libnftables, or -errno. Without a wish it is of
 * use too: rules that an earlier run left here go.
 */
int ipmasq_open(struct ipmasq **, struct event_base *,
    const struct ipmasq_wish *, ipmasq_say *, void *arg);

/*
 * Whenever there is a lease: replaces our rules by its own, and puts them
 * back from then on when somebody takes them away. NULL, or why it failed,
 * good until the next call; then nothing has changed.
 */
const char *ipmasq_apply(struct ipmasq *, const struct rudder_lease *);

/* The rules stay. NULL is fine. */
void ipmasq_close(struct ipmasq *);

/*
 * Removes the rules of every overlay on this machine: of this host's network
 * namespace, whoever made them. The number of tables and rules that went; or
 * -errno (-ENOTSUP: built without libnftables) and why. `dry`: they are
 * counted and stay.
 */
#define IPMASQ_WHY 320
int ipmasq_remove(bool dry, char why[IPMASQ_WHY]);

#endif
