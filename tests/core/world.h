/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - engines on a registry in memory, with recording backends and a
 * clock that goes only when the test says so: a month takes a moment.
 */
#ifndef CORE_TESTS_WORLD_H
#define CORE_TESTS_WORLD_H

#include "../fake/record.h"
#include "../fake/store.h"
#include "engine.h"
#include "hostnet.h"

#define WORLD_NODES 4

struct world;

struct node {
	struct world *world;
	struct hostnet net;
	struct context ctx;
	struct options options;
	struct engine engine;
	struct record record;
	bool open;
	unsigned ready;
	struct rudder_lease facts;
	unsigned failed;
	int err;
	char why[ERROR_WHY];
	unsigned lines, warnings;
	char last[LOG_LINE]; /* the newest warning or error */
	unsigned lost;
	char lost_why[ERROR_WHY];
	char belief[LOG_LINE]; /* the newest line about whose the lease is */
	char owned[NET_TEXT];  /* the subnet that it believes to own, or "" */
	unsigned claims, ends; /* lines of both kinds */
};

struct world {
	struct event_base *base;
	uint64_t now;
	struct timer *timers[64];
	size_t n_timers;
	uint64_t seed;
	struct store store;
	struct rudder_module udp; /* "record" under that name */
	struct node nodes[WORLD_NODES];
	unsigned collisions; /* two believed to own one subnet */
};

/* The address of node i is 192.168.0.(i+1); the config is none yet. */
void world_init(struct world *, uint64_t seed);
void world_fini(struct world *);

/* The config of most; and the address of node n - 1. */
#define WORLD_CONFIG "{\"Network\":\"10.1.0.0/16\"}"
#define HOST(n) (0xc0a80000 + (n)) /* 192.168.0.n */

/* For cmocka: a world in *state, without a config or with that one. */
int world_setup(void **state);
int world_setup_config(void **state);
int world_teardown(void **state);

/* Opens the engine of node i, which begins when the world runs. */
struct node *world_start(struct world *, unsigned i);
void world_stop(struct world *, unsigned i);

/* For start: an option as rudder_set() would set it. */
void world_option(
    struct world *, unsigned i, const char *name, const char *value);

/* Everything that is due happens, and then time has passed. */
void world_run(struct world *, uint64_t ms);

#define SECONDS(n) ((n)*UINT64_C(1000))
#define MINUTES(n) SECONDS((n)*60)
#define HOURS(n) MINUTES((n)*60)
#define DAYS(n) HOURS((n)*24)

#endif
