/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - telling the service manager, as sd_notify(3) defines it: a
 * datagram to the socket that NOTIFY_SOCKET names. Without that variable
 * nothing happens.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* 0, or -errno. */
int notify_send(const char *state);

#endif
