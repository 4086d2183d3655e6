/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - how the program ends, as rudder(8) lists it. */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

enum status {
	EXIT_CONFIG = 1,
	EXIT_USAGE = 2,
	EXIT_ENVIRONMENT = 3,
	EXIT_CONFLICT = 4,
};

/* For an error of the library: one of these. */
int status_of(int err);

#endif
