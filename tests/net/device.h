/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - the TUN as its administrator sees it, and what he may do to it.
 */
#ifndef TESTS_DEVICE_H
#define TESTS_DEVICE_H

#include <net/if.h>

#include "rig.h"

int mtu_of(const char *name);

/* How many IPv4 addresses a device has; the last one's text and mask. */
int addresses_of(const char *name, char ip[INET_ADDRSTRLEN], uint32_t *mask);

/* The device of the route to a network; or "". */
void route_to(struct rudder_net n, char name[IFNAMSIZ]);

/* Runs `ip` with these arguments, as another administrator would. */
void ip(const char *arguments);

#endif
