/* SPDX-License-Identifier: Apache-2.0 */
/* ask.h - a question as a request to etcd. Pure. */
#ifndef ETCD2_ASK_H
#define ETCD2_ASK_H

#include <stdbool.h>

#include "reply.h"

/* "PUT"; static. */
const char *ask_method(enum reply_to);

/* Is it answered when something happens? */
bool ask_is_poll(enum reply_to);

/*
 * `keys` is the path of the prefix, fit for a URL. On the heap; NULL: out of
 * memory.
 */
char *ask_url(const struct reply_question *, const char *keys);

/* 0, and *form is on the heap, or NULL where there is none; or -ENOMEM. */
int ask_form(const struct reply_question *, char **form);

#endif
