/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - tells when it is time to look whether the TUN is still as it
 * should be (F50): a moment after the kernel has said that something was
 * changed about it, and every ten seconds, as words of the kernel's get lost.
 */
#ifndef UDP_WATCH_H
#define UDP_WATCH_H

#include <stdbool.h>

#include <rudder/module.h>

struct watch;

struct watch_config {
	struct event_base *base;

	/*
	 * Called by the event loop. `hint`: the kernel has said something, or
	 * somebody else. Returns whether anything had to be put back: if so it
	 * is not called again at once.
	 */
	bool (*look)(void *arg, bool hint);
	void *arg;
};

int watch_open(struct watch **, const struct watch_config *); /* or -errno */
void watch_close(struct watch *); /* or NULL; not inside of look */

/* What to watch: this device, and routes to exactly this network. */
void watch_aim(struct watch *, unsigned ifindex, struct rudder_net network);

/* A hint of one's own. */
void watch_hint(struct watch *);

#endif
