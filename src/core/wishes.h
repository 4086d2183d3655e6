/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wishes.h - the core's own options: their table, what a table cannot say of
 * their values, and what they come to.
 */
#ifndef CORE_WISHES_H
#define CORE_WISHES_H

#include "options.h"
#include "terms.h"

/* In the order of the table. The modules are chosen by the first three. */
enum wish {
	WISH_REGISTRY,
	WISH_BACKEND,
	WISH_MODULE_DIR,
	WISH_IFACE,
	WISH_PUBLIC_IP,
	WISH_NODE_ID,
	WISH_SUBNET,
	WISH_ON_LEASE_LOSS,
	WISH_LEASE_SECONDS,
	WISH_FORCE_OVERLAP,
	WISH_DRY_RUN,
	WISHES
};

/* For options_add(). */
extern const struct rudder_option wishes_table[];

/* Which one it is; -1: it is a module's. */
int wishes_find(const struct rudder_option *);

/* May it have this value? 0, or RUDDER_EOPTION and a sentence. */
int wishes_check(enum wish, const char *value, char why[ERROR_WHY]);

/* NULL: not set, or set to nothing, and there is no default. */
const char *wishes_get(const struct options *, enum wish);
bool wishes_is_true(const struct options *, enum wish);

/* Of the lease. The values were checked when they were set. */
struct lease_terms wishes_terms(const struct options *, const char *node_id);

#endif
