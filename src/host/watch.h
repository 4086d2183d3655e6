/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - is there news of this machine's network?
 *
 * The kernel's own messages (rtnetlink) say so. What the news are, facts.h
 * tells; a message is only a reason to look. Of no interest are addresses
 * and routes of IPv6, and routes that are no default routes: a machine full
 * of containers talks of those all day.
 */
#ifndef HOST_WATCH_H
#define HOST_WATCH_H

#include <stdbool.h>

/* A descriptor that becomes readable; to be closed by close(2). -errno. */
int watch_open(void);

/*
 * Reads what has come; true: look. Messages that were lost may have been of
 * interest, so that is true as well.
 */
bool watch_read(int fd);

#endif
