/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.h - one rudder for each place in an overlay.
 *
 * Two on one machine have one node id, and each would take the other's lease
 * for its own. So whoever uses a state file holds a lock beside it for as long
 * as it lives; the kernel takes it away from who was killed.
 */
#ifndef DAEMON_LOCK_H
#define DAEMON_LOCK_H

#include <limits.h>
#include <sys/types.h>

/* Room for the name of the lock of a state file. */
#define LOCK_PATH (PATH_MAX + 8)

/* "/var/lib/rudder/coreos.com-network.env.lock" */
void lock_path(char path[LOCK_PATH], const char *state);

/*
 * A descriptor, which holds it until it is closed. -EAGAIN: another has it,
 * and *holder is its pid, or 0 where it cannot be seen from here. Or -errno.
 * Makes the directory too.
 */
int lock_take(const char *path, pid_t *holder);

/* The pid of who has it, as above; -1: nobody. Changes nothing. */
pid_t lock_holder(const char *path);

#endif
