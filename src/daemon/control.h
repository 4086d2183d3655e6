/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the socket in the file system at which a running rudder tells
 * how it is. Whoever connects gets the status, one JSON text as librudder(3)
 * describes it, and then the end of the stream; nothing is read.
 *
 *	socat - UNIX:/run/rudder/rudder.sock
 *
 * Who may connect is a matter of the file's permissions: root alone.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

struct control;
struct event_base;

/* Text that is freed when it was sent; NULL: the connection just ends. */
typedef char *control_tell(void *arg);

/*
 * A socket that nobody listens at any more is replaced. 0, or -errno:
 * -EADDRINUSE when another process answers there.
 */
int control_open(struct control **, struct event_base *, const char *path,
    control_tell *, void *arg);
void control_close(struct control *); /* or NULL; removes the file */

#endif
