/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox.h - letters from any thread to one, in order. Whoever it is for
 * watches `fd`, and takes all that there are.
 */
#ifndef UDP_MAILBOX_H
#define UDP_MAILBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The first member of what is sent. */
struct letter {
	struct letter *next;
};

struct mailbox {
	int fd; /* readable when there are letters; -1: not open */
	_Atomic bool any;
	pthread_mutex_t lock;
	struct letter *first;
	struct letter **last;
};

int mailbox_init(struct mailbox *);  /* -errno: fd is -1 */
void mailbox_fini(struct mailbox *); /* of one that is empty */

/* Takes the letter. Whatever was done before is seen by who takes it. */
void mailbox_put(struct mailbox *, struct letter *);

/* Gives all, the oldest first, or NULL; and fd is quiet again. */
struct letter *mailbox_take(struct mailbox *);

/* Would mailbox_take give any? Costs nothing. */
static inline bool
mailbox_any(struct mailbox *m)
{
	return atomic_load_explicit(&m->any, memory_order_acquire);
}

#endif
