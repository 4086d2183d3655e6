/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp - puts the time in front of each line: seconds of CLOCK_MONOTONIC,
 * which all programs of a machine share and nobody sets. So lines of several
 * hosts have an order, whatever the hosts believe the time to be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

int
main(void)
{
	struct timespec now;
	char line[8192];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("%" PRIdMAX ".%06ld %s", (intmax_t)now.tv_sec,
		    now.tv_nsec / 1000, line);
		fflush(stdout);
	}
	return 0;
}
