/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - IPv4 addresses and networks, as numbers and as text. Pure.
 * Numbers are in host byte order.
 */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>
#include <stdint.h>

#include <rudder/types.h>

/* Room for "255.255.255.255/32" and its zero. */
#define NET_TEXT 20

static inline uint32_t
net_mask(unsigned len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/* How many addresses; 64 bits, because a /0 has 2^32 (F29). */
static inline uint64_t
net_size(struct rudder_net net)
{
	return (uint64_t)1 << (32 - net.len);
}

static inline bool
net_has(struct rudder_net net, uint32_t addr)
{
	return ((net.addr ^ addr) & net_mask(net.len)) == 0;
}

/*
 * Can others send to it as to one host? Not to "this network" (0/8), to
 * loopback (127/8), and to nothing from multicast (224/4) up.
 */
static inline bool
net_is_host(uint32_t addr)
{
	return addr >> 24 != 0 && addr >> 24 != 127 && addr >> 28 < 14;
}

static inline bool
net_within(struct rudder_net inner, struct rudder_net outer)
{
	return inner.len >= outer.len && net_has(outer, inner.addr);
}

static inline bool
net_overlap(struct rudder_net a, struct rudder_net b)
{
	return net_within(a, b) || net_within(b, a);
}

static inline bool
net_equal(struct rudder_net a, struct rudder_net b)
{
	return a.addr == b.addr && a.len == b.len;
}

/*
 * Readers: all of the text must be the thing, in decimal without leading
 * zeros; else -EINVAL, and nothing is written.
 */
int net_parse_ip(const char *, uint32_t *addr);	       /* 10.1.5.7 */
int net_parse_cidr(const char *, struct rudder_net *); /* 10.1.5.0/24 */
int net_parse_key(const char *, struct rudder_net *);  /* 10.1.5.0-24 */

/* Writers: into `text`, which they return. */
const char *net_ip(char text[NET_TEXT], uint32_t addr);
const char *net_cidr(char text[NET_TEXT], struct rudder_net);
const char *net_key(char text[NET_TEXT], struct rudder_net);

#endif
