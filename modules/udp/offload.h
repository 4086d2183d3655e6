/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload.h - what the kernel can do for many packets at once, and whether it
 * does. At first a wish, by the options; then each is tried on the very
 * descriptor that it is for, and what is refused is off. Without any of them
 * packets are right, and slow.
 *
 *	vnet		the TUN has virtio headers		2.6.27
 *	tso		it hands over TCP uncut			2.6.27
 *	uso		likewise UDP; takes it, too		6.2
 *	segment		one send makes many datagrams		4.18
 *	gro		one receive takes many			5.0
 *	coalesce	ours: the TUN is given TCP uncut	2.6.27
 */
#ifndef UDP_OFFLOAD_H
#define UDP_OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include <rudder/module.h>

struct offload {
	bool vnet; /* needed for tso, uso and coalesce */
	bool tso;
	bool uso;
	bool segment;
	bool gro;
	bool coalesce;
};

/* By the options, of which each is on unless it says false. */
struct offload offload_wanted(const struct rudder_env *);

/* A queue of the TUN, with IFF_VNET_HDR: asks for tso and uso. */
void offload_tun(int fd, struct offload *);

/* A socket: asks for segment and gro. */
void offload_socket(int fd, struct offload *);

/* "tso uso udp-segment udp-gro coalesce", or "none". */
#define OFFLOAD_TEXT 64
const char *offload_text(char text[OFFLOAD_TEXT], const struct offload *);

#endif
