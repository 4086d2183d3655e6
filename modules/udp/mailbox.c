/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <sys/eventfd.h>

#include "mailbox.h"

int
mailbox_init(struct mailbox *m)
{
	m->first = NULL;
	m->last = &m->first;
	atomic_init(&m->any, false);
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd < 0)
		return -errno;
	pthread_mutex_init(&m->lock, NULL);
	return 0;
}

void
mailbox_fini(struct mailbox *m)
{
	if (m->fd < 0)
		return;
	pthread_mutex_destroy(&m->lock);
	close(m->fd);
	m->fd = -1;
}

/* The bell: one for all that are there. It cannot fail: nobody rings it
 * 2^64 times. */
static void
ring(struct mailbox *m)
{
	const uint64_t one = 1;
	ssize_t n = write(m->fd, &one, sizeof(one));

	(void)n;
}

static void
silence(struct mailbox *m)
{
	uint64_t rung;
	ssize_t n = read(m->fd, &rung, sizeof(rung));

	(void)n;
}

void
mailbox_put(struct mailbox *m, struct letter *letter)
{
	bool was_empty;

	letter->next = NULL;
	pthread_mutex_lock(&m->lock);
	was_empty = m->first == NULL;
	*m->last = letter;
	m->last = &letter->next;
	atomic_store_explicit(&m->any, true, memory_order_release);
	if (was_empty)
		ring(m);
	pthread_mutex_unlock(&m->lock);
}

struct letter *
mailbox_take(struct mailbox *m)
{
	struct letter *all;

	pthread_mutex_lock(&m->lock);
	all = m->first;
	m->first = NULL;
	m->last = &m->first;
	atomic_store_explicit(&m->any, false, memory_order_release);
	if (all != NULL)
		silence(m);
	pthread_mutex_unlock(&m->lock);
	return all;
}
