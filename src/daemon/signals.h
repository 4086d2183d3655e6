/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.h - what a person or a service manager sends: SIGINT and SIGTERM,
 * which ask for an end, and SIGHUP.
 *
 * Each of them would end the process on the spot as long as nobody catches
 * it. So they are held back from the first line on, come in when there is
 * somebody who can act on them, and are held back again at the end. What came
 * meanwhile is not lost: a start that was asked to end does so, in order.
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

struct event;
struct event_base;

/* All zeros: not open. */
struct signals {
	struct event *events[3];
};

void signals_hold(void);
void signals_let(void);

/* From now on they come in, each by its number. 0, or -ENOMEM. */
int signals_open(struct signals *, struct event_base *,
    void (*on_signal)(int number, short what, void *arg), void *arg);

/* They are held back. */
void signals_close(struct signals *);

#endif
