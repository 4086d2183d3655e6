/* SPDX-License-Identifier: Apache-2.0 */
/* How fast are the checksums? Not a test: make tests/unit/bench_sum */
#include <stdio.h>
#include <time.h>

#include "sum.h"

#define BYTES (UINT64_C(1) << 32)

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
measure(const struct sum_way *way, size_t len)
{
	static const uint8_t buf[65536 + 2];
	uint64_t turns = BYTES / 16 / (len + 32);
	unsigned sum = 0;
	double t = seconds();

	for (uint64_t i = 0; i < turns; i++)
		sum += way->bytes(buf + (sum & 1), len);
	t = seconds() - t;
	printf("%-10s %6zu bytes %8.1f ns %8.1f ns/KB\n", way->name, len,
	    t / (double)turns * 1e9, t / (double)(turns * len) * 1024e9);
}

int
main(void)
{
	static const size_t lens[] = { 20, 60, 540, 1448, 8948, 65535 };
	const struct sum_way *way;

	for (size_t i = 0; (way = sum_way(i)) != NULL; i++)
		for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++)
			measure(way, lens[k]);
	return 0;
}
