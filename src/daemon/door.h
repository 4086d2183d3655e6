/* SPDX-License-Identifier: Apache-2.0 */
/*
 * door.h - a listener that cannot let a visitor in. He would stay in the
 * queue, and wake us at once again: a process without a free descriptor would
 * do nothing else. So the door is shut for a while, with one line in the log;
 * who waits outside is not turned away.
 */
#ifndef DAEMON_DOOR_H
#define DAEMON_DOOR_H

struct evconnlistener;

/* Seconds, and so much there is between two lines. */
#define DOOR_PAUSE 10

/* For as long as it lives. When it is freed its base turns no more. */
void door_guard(struct evconnlistener *);

#endif
