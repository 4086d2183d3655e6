/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.h - what the program may no longer do once it knows its job. All
 * that it does later needs no more than these:
 *
 *	CAP_NET_ADMIN		the TUN, its address and routes, large buffers,
 *				rules for NAT; and all of that once more when
 *				something was removed or the link has changed
 *	CAP_NET_BIND_SERVICE	a port below 1024, which the network config
 *				may name
 *
 * In particular it needs no power over files that are not its user's:
 * /dev/net/tun is for everybody, and what it writes and reads is its own.
 * Who wants it elsewhere lets that user in there.
 */
#ifndef DAEMON_CONFINE_H
#define DAEMON_CONFINE_H

#define CONFINE_TEXT 256

/*
 * Gives the others up for ever, in this thread and those that it will start:
 * so call it before there are any. `text` says, for a log, what was kept. 0,
 * or -errno: then something was not given up, and `text` says what.
 */
int confine(char text[CONFINE_TEXT]);

#endif
