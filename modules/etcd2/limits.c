/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

/*
 * In ms. etcd itself gives a write up after 7 s (E-20), and a poll never. A
 * poll that is silent is asked for a sign of life (call.h): so news are late
 * by `idle` and `request` at the most, however a member has died, and the
 * majority has not more to do than a read in half a minute from each host.
 */
const struct http_limits call_limits = {
	.connect = 2000,
	.request = 7000,
	.idle = 30 * 1000,
	.body = 64 << 20,
};
