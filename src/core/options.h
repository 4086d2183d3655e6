/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - names, values and where they came from.
 *
 * The tables are the core's own and those of the modules in use: the same
 * rows serve rudder_set(), the command line, its -help and the environment.
 */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>

#include <jansson.h>

#include <rudder/types.h>

#include "error.h"

struct setting;

struct options {
	const struct rudder_option *tables[3]; /* each ends with a NULL name */
	unsigned n_tables;
	struct setting *settings;
};

void options_init(struct options *);
void options_fini(struct options *);

/* The table is borrowed; NULL is an empty one. */
void options_add(struct options *, const struct rudder_option *table);

/* NULL: no such option in any table. */
const struct rudder_option *options_find(
    const struct options *, const char *name);

/* NULL begins; NULL ends. */
const struct rudder_option *options_next(
    const struct options *, const struct rudder_option *);

/* 0, or -ENOMEM or RUDDER_EOPTION, and a sentence. */
int options_set(struct options *, const struct rudder_option *,
    const char *value, char why[ERROR_WHY]);

/*
 * Takes what the network config's Backend object says about the options of
 * `table`. 0, -ENOMEM, RUDDER_ECONFIG for a bad value, RUDDER_EMISMATCH
 * where an explicit option says something else. With a sentence each.
 */
int options_take(struct options *, const struct rudder_option *table,
    json_t *backend, char why[ERROR_WHY]);

/* What was set, or the default, or NULL. */
const char *options_get(const struct options *, const struct rudder_option *);

#endif
