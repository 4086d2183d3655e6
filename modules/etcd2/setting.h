/* SPDX-License-Identifier: Apache-2.0 */
/* setting.h - one option of the module: its text, and a word against it. */
#ifndef ETCD2_SETTING_H
#define ETCD2_SETTING_H

#include <rudder/module.h>

/* NULL: not set, or empty, which is the same. */
const char *setting_text(const struct rudder_env *, const char *name);

/*
 * A line of the log with the option's name, its value, which must be set and
 * is not shown if a password may be in it, and what to do; RUDDER_EOPTION.
 */
int setting_refuse(
    const struct rudder_env *, const char *name, const char *remedy);

#endif
