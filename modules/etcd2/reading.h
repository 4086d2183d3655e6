/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading.h - what the files that read an answer share: reply.c reads what is
 * as it should be, events.c what was waited for, refusal.c errors, and all of
 * them by what is in reading.c. Pure. The reply is one whose root was parsed.
 */
#ifndef ETCD2_READING_H
#define ETCD2_READING_H

#include <stdarg.h>

#include "reply.h"

/* Readers of the whole. */
void reading_config_event(
    struct reply *, const struct reply_question *, const struct reply_http *);
void reading_lease_event(
    struct reply *, const struct reply_question *, const struct reply_http *);
void reading_refusal(
    struct reply *, const struct reply_question *, const struct reply_http *);

/* root.node, or NULL after saying that there is none. */
const json_t *reading_node(struct reply *, const struct reply_question *);

/* The node's value as the config. */
void reading_config(
    struct reply *, const struct reply_question *, const json_t *node);

/* Somebody else's key is theirs: we count it, and go on (F07). */
void reading_foreign(struct reply *, const json_t *node);

/*
 * It has come through the majority, so the store that a poll looks at is as
 * new as that. An index that went back is that of other data (F16).
 */
void reading_probe(struct reply *, const struct reply_question *, uint64_t now);

/* A header's value; 0: none. */
uint64_t reading_index(const char *text);

/* The one to wait for; an index that is not known stays unknown. */
uint64_t reading_next(uint64_t index);

/* An error is an answer too. */
void reading_fail(struct reply *, const struct reply_question *, int err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void reading_vfail(struct reply *, const struct reply_question *, int err,
    const char *fmt, va_list) __attribute__((format(printf, 4, 0)));
void reading_nonsense(
    struct reply *, const struct reply_question *, const char *what);

#endif
