/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - lines of text for whoever embeds us.
 *
 * The room that decides what to do about a thing logs it, once, with its
 * subject first: "lease: 10.1.5.0/24 renewed".
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdarg.h>

#include <rudder/types.h>

/* Room for a subject and a sentence; longer lines are cut. */
#define LOG_LINE 512

struct log {
	void (*line)(void *arg, enum rudder_level, const char *line);
	void *arg;
};

void log_line(const struct log *, enum rudder_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_vline(const struct log *, enum rudder_level, const char *fmt, va_list)
    __attribute__((format(printf, 3, 0)));

#endif
