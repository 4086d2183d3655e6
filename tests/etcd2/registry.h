/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - the module, opened on a base of its own, and requests whose
 * answers are kept. Where an answer does not come, the test fails.
 */
#ifndef TESTS_ETCD2_REGISTRY_H
#define TESTS_ETCD2_REGISTRY_H

#include <event2/event.h>

#include "env.h"

#define KEEP 8

/* A request, and a copy of its answer. */
struct asked {
	struct rudder_request request;
	struct registry *registry;
	void (*then)(struct asked *); /* inside of done(); may be NULL */
	unsigned answers;	      /* how often done() was called */
	int err;
	char why[512];
	uint64_t index;
	char config[512]; /* "" for none */
	size_t n;
	struct {
		char key[32], value[512];
		bool gone;
		uint64_t version;
		int64_t ttl;
	} records[KEEP];
};

struct registry {
	struct event_base *base;
	struct test_env env;
	const struct rudder_registry *ops;
	void *impl;
	struct event *guard;
	bool late;
};

/* The module itself, under either of its names. */
const struct rudder_registry *registry_ops(void);

/* The options are set in env by then. */
void registry_open(struct registry *);
void registry_close(struct registry *);

/* Closes and opens the module, with the options as they are by now. */
void registry_reopen(struct registry *);

/* Sets an option, or another value of it; borrowed. NULL: not any more. */
void registry_option(struct registry *, const char *name, const char *value);

/* For a request of the caller's making: fills in what belongs to us. */
struct asked *asked_init(struct asked *, struct registry *);

/* "10.1.5.0-24" */
void asked_subnet(
    struct asked *, const char *key, const char *value, unsigned ttl);

/* Runs the loop until this is true of the arg. */
void registry_run(struct registry *, bool (*)(void *), void *arg);

/* ... until there is an answer. */
void asked_wait(struct asked *);

/* Begins, and waits. */
void asked_config(struct asked *, struct registry *, uint64_t index);
void asked_list(struct asked *, struct registry *);
void asked_watch(struct asked *, struct registry *, uint64_t index);
void asked_create(struct asked *, struct registry *, const char *key,
    const char *value, unsigned ttl);
void asked_renew(struct asked *, struct registry *, const char *key,
    const char *value, unsigned ttl, uint64_t version);
void asked_refresh(struct asked *, struct registry *, const char *key,
    const char *value, unsigned ttl, uint64_t version);
void asked_release(
    struct asked *, struct registry *, const char *key, uint64_t version);

/* A counter of the module's. */
uint64_t registry_stat(struct registry *, const char *name);

#endif
