/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - the registry module "memory", opened on a store. */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <event2/event.h>

#include "store.h"

struct pending {
	LIST_ENTRY(pending) entry;
	struct rudder_request *request;
	enum store_op op;
};

struct memory {
	LIST_ENTRY(memory) entry;
	const struct rudder_env *env;
	struct store *store;
	struct event *work;
	LIST_HEAD(, pending) pending;
};

#endif
