/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.h - what rtnetlink(7) is asked, and what it is told, one thing at a
 * time. Results are 0 or negative numbers of libnl's, of which kernel_errno()
 * makes -errno and kernel_text() words.
 */
#ifndef UDP_KERNEL_H
#define UDP_KERNEL_H

#include <stdbool.h>

#include <rudder/types.h>

struct nl_sock;

int kernel_open(struct nl_sock **);
void kernel_close(struct nl_sock *); /* or NULL */

int kernel_errno(int rc);
const char *kernel_text(int rc);

/* ---- A device ---------------------------------------------------------- */

struct kernel_link {
	bool up;
	unsigned mtu;
};

/* kernel_errno() is -ENODEV: there is none. */
int kernel_link(struct nl_sock *, unsigned ifindex, struct kernel_link *);

/* Up, and all else that does not depend on who we are. */
int kernel_set_link(struct nl_sock *, unsigned ifindex, unsigned mtu);

/* ---- Its addresses ----------------------------------------------------- */

/* Calls `each` for each IPv4 address; until that returns < 0. */
int kernel_addresses(struct nl_sock *, unsigned ifindex,
    int (*each)(void *arg, struct rudder_net), void *arg);

/* It is no error if that was so already. */
int kernel_add_address(struct nl_sock *, unsigned ifindex, struct rudder_net);
int kernel_del_address(struct nl_sock *, unsigned ifindex, struct rudder_net);

/* ---- Routes of the main table ------------------------------------------ */

struct kernel_route {
	struct rudder_net to;
	unsigned ifindex;
	uint32_t src; /* of what this host itself sends */
};

/* What there is to exactly this network. */
struct kernel_routes {
	bool is_there;	 /* this very route */
	bool is_twisted; /* by the same device, and otherwise not like it */
	unsigned rival;	 /* another device that has one; 0: none */
};

/* Reads the whole table. */
int kernel_routes(
    struct nl_sock *, const struct kernel_route *, struct kernel_routes *);

/* *added: there was none to this network; else nothing has changed. */
int kernel_add_route(
    struct nl_sock *, const struct kernel_route *, bool *added);

/* In place of what there is. */
int kernel_replace_route(struct nl_sock *, const struct kernel_route *);

#endif
