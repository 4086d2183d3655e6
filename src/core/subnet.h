/* SPDX-License-Identifier: Apache-2.0 */
/* subnet.h - choosing a free one. Pure. */
#ifndef CORE_SUBNET_H
#define CORE_SUBNET_H

#include <stddef.h>

#include "config.h"

/*
 * Hosts that start together draw from as many, so that they seldom draw the
 * same; the original's number.
 */
#define SUBNET_DRAW 100

/*
 * The first free subnets from SubnetMin to SubnetMax, at most `room`,
 * into `free`; returns how many. Free is what overlaps with none of `taken`,
 * which may be of any length, and gets sorted.
 */
size_t subnet_free(const struct config *, struct rudder_net *taken, size_t n,
    struct rudder_net *free, size_t room);

#endif
