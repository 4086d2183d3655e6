/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what the backend module "record" was told. It finds its
 * struct record by the option "record", an address in text.
 */
#ifndef FAKE_RECORD_H
#define FAKE_RECORD_H

#include <stdbool.h>

#include <rudder/module.h>

#define RECORD_PEERS 2048

struct record {
	const struct rudder_env *env; /* while it is open */
	bool attached;
	struct rudder_attach at;
	struct {
		struct rudder_net subnet;
		uint32_t public_ip;
	} peers[RECORD_PEERS];
	size_t n_peers;
	unsigned sets, dels, moves;
	char port[16]; /* the option, as it was at open */

	int fail_open, fail_attach;	/* the error, or 0 */
	unsigned fail_sets, fail_moves; /* so many more times */
};

const char *record_text(const struct record *, char text[32]);

/* The PublicIP that packets to a subnet go to; 0: none. */
uint32_t record_peer(const struct record *, const char *key);

#endif
