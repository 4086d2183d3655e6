/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - "rudder status": asks a running rudder how it is (control.h). */
#ifndef DAEMON_SHOW_H
#define DAEMON_SHOW_H

#include <jansson.h>

/* The status of the one that listens at `socket`; NULL: errno says why. */
json_t *show_ask(const char *socket);

/*
 * Prints the status to the standard output, as a table or as it came. The
 * flags are those of the program. The exit status: 0 when it is ready, 1 when
 * it is not, and those of rudder(8).
 */
int show_main(int argc, char **argv);

#endif
