/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "voice.h"

void
voice_say(enum rudder_level level, const char *line)
{
	/* syslog's number, and a letter. */
	static const struct {
		int number;
		char letter;
	} levels[] = {
		[RUDDER_ERROR] = { 3, 'E' },
		[RUDDER_WARNING] = { 4, 'W' },
		[RUDDER_INFO] = { 6, 'I' },
		[RUDDER_DEBUG] = { 7, 'D' },
	};
	struct timespec now;
	struct tm tm;
	char clock[16];

	if (getenv("JOURNAL_STREAM") != NULL) {
		fprintf(stderr, "<%d>%s\n", levels[level].number, line);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ld %c %s\n", clock, now.tv_nsec / 1000000,
	    levels[level].letter, line);
}
