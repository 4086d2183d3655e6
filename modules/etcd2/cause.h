/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause.h - why curl came to no answer, for the one who has to mend it: what
 * is wrong, what the system said of it, and the remedy.
 */
#ifndef ETCD2_CAUSE_H
#define ETCD2_CAUSE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "http.h"

/* Room for one; longer ones are cut. */
#define CAUSE_TEXT 352

/* `error` is what curl wrote for people; "": nothing. */
void cause_text(char why[CAUSE_TEXT], CURL *, CURLcode, const char *error,
    const struct http_limits *);

/* After a head: is it that of a broken connection? */
bool cause_is_cut(CURLcode);

#endif
