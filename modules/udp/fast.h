/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast.h - the fast lane's two directions. They share nothing but the lane.
 *
 * The way of a packet out (out.c):
 *
 *	TUN -> cut -> lane_leads -> cut_spread -> run -> slices -> UDP
 *
 * and in (in.c):
 *
 *	UDP -> gro -> lane_admits -> merge -> TUN
 */
#ifndef UDP_FAST_H
#define UDP_FAST_H

#include "lane.h"
#include "sum.h"

struct out;
struct in;

int out_open(struct out **, struct lane *, const struct sum_way *);
void out_close(struct out *); /* or NULL */
void out_turn(struct out *);  /* at most LANE_BUDGET reads */

int in_open(struct in **, struct lane *, const struct sum_way *);
void in_close(struct in *); /* or NULL */
void in_turn(struct in *);  /* at most LANE_BUDGET datagrams, or trains */

#endif
