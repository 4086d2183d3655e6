/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - "rudder status": asks a running rudder how it is (control.h). */
#ifndef DAEMON_SHOW_H
#define DAEMON_SHOW_H

#include <stdbool.h>

#include <jansson.h>

/* The status of the one that listens at `socket`; NULL: errno says why. */
json_t *show_ask(const char *socket);

/*
 * Prints the status to the standard output, as a table or as it came.
 * 0: it is ready; 1: it is not; -errno after a line on the standard error:
 * it could not be asked.
 */
int show_status(const char *socket, bool json);

#endif
