/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "error.h"
#include "log.h"

void
log_vline(
    const struct log *log, enum rudder_level level, const char *fmt, va_list ap)
{
	char line[LOG_LINE];

	vsnprintf(line, sizeof(line), fmt, ap);
	error_printable(line);
	log->line(log->arg, level, line);
}

void
log_line(const struct log *log, enum rudder_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(log, level, fmt, ap);
	va_end(ap);
}
