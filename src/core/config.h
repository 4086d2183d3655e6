/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the network config: what all hosts of an overlay agree on. Pure.
 *
 *	{ "Network": "10.1.0.0/16", "SubnetLen": 24,
 *	  "SubnetMin": "10.1.0.0", "SubnetMax": "10.1.255.0",
 *	  "Backend": { "Type": "udp", "Port": 8285 } }
 *
 * Only Network must be there. Each host gets one subnet of SubnetLen bits:
 * 24, or one more than Network has when that is a /24 or smaller. SubnetMin
 * and SubnetMax are the first and the last one that may be leased.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <jansson.h>

#include <rudder/types.h>

#include "error.h"

struct config {
	struct rudder_net network;
	uint8_t subnet_len;
	uint32_t subnet_min;
	uint32_t subnet_max;
	json_t *backend; /* the Backend object; NULL: none. Owned */
};

/*
 * 0, or RUDDER_ECONFIG and a sentence that names the key, the value and
 * what would be right. config_fini() is for a config that was parsed, or
 * is all zeros.
 */
int config_parse(struct config *, const char *text, char why[ERROR_WHY]);
void config_fini(struct config *);

/* How many subnets there are to lease. */
uint64_t config_subnets(const struct config *);

#endif
