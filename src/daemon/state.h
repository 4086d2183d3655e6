/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - the subnet that this machine had, kept over reboots: one file for
 * each overlay, in the form of statefile.h.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include <limits.h>

#include <rudder/rudder.h>

/* Room for a sentence that names the file. */
#define STATE_WHY (PATH_MAX + 256)

/*
 * The file of an overlay: etcd's key "/coreos.com/network" is
 * "coreos.com-network.env", and no two keys have one file.
 */
void state_path(
    char path[PATH_MAX], const char *directory, const char *overlay);

/*
 * 0 and a subnet; -ENOENT: there is none; or another error and a sentence
 * that says what is wrong, and what to do.
 */
int state_read(
    const char *path, struct rudder_net *subnet, char why[STATE_WHY]);

/* Makes the directory too. 0, or -errno: the old file is as it was. */
int state_write(const char *path, struct rudder_net subnet);

#endif
