/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - a registry in memory, and what is done to it by a test.
 *
 * It keeps the rules of the real ones: each write has an index, the history
 * is there from some index on, a watch gets the first event at its index or
 * later. Modules find it by the option "store", whose value is its address
 * in text (store_text).
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <stdbool.h>
#include <sys/queue.h>

#include <rudder/module.h>

#define STORE_VALUE 256
#define STORE_LEASES 512
#define STORE_EVENTS 4096

struct store_lease {
	struct rudder_net subnet;
	char value[STORE_VALUE];
	uint64_t version, created;
	int64_t ttl;
	bool gone; /* of an event */
};

enum store_op {
	OP_CONFIG,
	OP_LIST,
	OP_CREATE,
	OP_RENEW,
	OP_RELEASE,
	OP_WATCH,
	OPS
};

struct memory;

struct store {
	uint64_t index; /* of the last write */
	char *config;
	uint64_t config_index;
	struct store_lease leases[STORE_LEASES];
	size_t n_leases;
	struct store_lease events[STORE_EVENTS];
	size_t n_events;
	uint64_t history; /* events before this index are forgotten */

	/* The script: the next `fail_count` requests of an op go wrong. */
	int fail[OPS]; /* the error, or 0 */
	unsigned fail_count[OPS];
	bool fail_after[OPS]; /* the write was done all the same */

	/* What happens between a write and its answer; NULL: nothing. */
	void (*meanwhile)(void *arg, enum store_op);
	void *arg;

	unsigned requests[OPS];	      /* so many there were */
	unsigned same_values;	      /* renewals that said so */
	LIST_HEAD(, memory) memories; /* who has it open */
};

void store_init(struct store *);
void store_fini(struct store *);
const char *store_text(const struct store *, char text[32]);

/* What somebody else does; watches hear of it. ttl 0 is a reservation. */
void store_config(struct store *, const char *json);
void store_put(struct store *, const char *key, const char *value, int64_t ttl);
void store_delete(struct store *, const char *key);
void store_forget_history(struct store *);
void store_wipe(struct store *);
void store_fail(struct store *, enum store_op, int err, unsigned count);

/* NULL: no such lease. */
const struct store_lease *store_find(const struct store *, const char *key);

/* For the module. */
struct store_lease *store_find_net(struct store *, struct rudder_net);
void store_write(
    struct store *, struct rudder_net, const char *value, int64_t ttl);
const struct store_lease *store_event(const struct store *, uint64_t index);
void store_wake(struct store *);

#endif
