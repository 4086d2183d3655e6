/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - what everything that the program can do begins and ends with: an
 * event_base, a handle of the library, and the options.
 */
#ifndef DAEMON_FRAME_H
#define DAEMON_FRAME_H

#include "args.h"

struct event_base;

/* All zeros: not open. */
struct frame {
	struct event_base *base;
	struct rudder *rudder;
	struct args args;
};

/* What frame_open() returns when there is something to do. */
#define FRAME_GO (-1)

/*
 * Reads the options, and answers -help and -version. FRAME_GO, or the exit
 * status at which the program ends. To be closed in both cases.
 */
int frame_open(struct frame *, const struct rudder_callbacks *, void *arg,
    int argc, char **argv);
void frame_close(struct frame *);

/* Nothing is to be changed. */
bool frame_is_dry(const struct frame *);

/*
 * What the state of this machine's place is filed under: the overlay, as the
 * registry names it.
 */
const char *frame_overlay(const struct frame *);

#endif
