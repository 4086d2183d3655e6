/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunwatch.h - tells when it is time to look whether the TUN is still as it
 * should be (F50): a moment after the kernel has said that something was
 * changed about it, and every ten seconds, as words of the kernel's get lost.
 */
#ifndef UDP_TUNWATCH_H
#define UDP_TUNWATCH_H

#include <stdbool.h>

#include <rudder/module.h>

struct tunwatch;

struct tunwatch_config {
	struct event_base *base;

	/*
	 * Called by the event loop. `hint`: the kernel has said something, or
	 * somebody else. Returns whether anything had to be put back: if so it
	 * is not called again at once.
	 */
	bool (*look)(void *arg, bool hint);
	void *arg;
};

int tunwatch_open(
    struct tunwatch **, const struct tunwatch_config *); /* or -errno */
void tunwatch_close(struct tunwatch *); /* or NULL; not inside of look */

/* What to watch: this device, and routes to exactly this network. */
void tunwatch_aim(
    struct tunwatch *, unsigned ifindex, struct rudder_net network);

/* A hint of one's own. */
void tunwatch_hint(struct tunwatch *);

#endif
