/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's limits, for those who wait for them to run out. Nothing that is
 * well comes near them: a healthy server on loopback answers in a few ms.
 */
#include "call.h"

const struct http_limits call_limits = {
	.connect = 1000,
	.request = 1500,
	.idle = 300,
	.body = 64 << 10,
};
