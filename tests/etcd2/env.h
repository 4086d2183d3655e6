/* SPDX-License-Identifier: Apache-2.0 */
/* env.h - what a module is given, with options, log and clock in our hands. */
#ifndef TESTS_ETCD2_ENV_H
#define TESTS_ETCD2_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include <rudder/module.h>

struct test_env {
	struct rudder_env env;
	struct {
		const char *name, *value;
	} options[12]; /* the first without a name ends them */
	uint64_t now;
	bool real_clock;
	unsigned lines[RUDDER_DEBUG + 1];
	char line[1024]; /* the last above RUDDER_DEBUG */
};

/* All but the options, which stay as they are. */
void test_env_init(struct test_env *, struct event_base *);

#endif
