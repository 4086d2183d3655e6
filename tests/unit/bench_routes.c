/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does it cost to find the host of an address, and to check that a packet
 * may come from there, in overlays of all sizes? Not a test: make bench-routes
 *
 * "near" asks for the same few addresses, as traffic does; "far" for any of
 * the overlay's, so that the processor's caches are of no help.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "leases.h"

#define TURNS 4000000u
#define ASKED 65536u /* a power of two */
#define NEAR 16u     /* likewise */

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* As an overlay's: each host has one subnet, of a random place. */
static int
fill(struct leases *l, size_t n, uint32_t *addrs)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct rudder_net net = { 0x0a000000 + ((uint32_t)i << 8), 24 };

		rc = leases_set(l, net, 0xc0a80000 + (uint32_t)i);
	}
	for (size_t i = 0; i < ASKED; i++)
		addrs[i] = 0x0a000000 +
			   ((uint32_t)((uint64_t)random() % n) << 8) +
			   (uint32_t)random() % 256;
	return rc;
}

/* The next address depends on what was found: it is the time of one lookup,
 * not of many at once. */
static double
time_lookups(const struct leases *l, const uint32_t *addrs, uint32_t mask)
{
	uint32_t found = 0;
	double t = seconds();

	for (uint32_t i = 0; i < TURNS; i++)
		found = leases_host_of(l, addrs[(i + (found >> 31)) & mask]);
	t = seconds() - t;
	return found == 0 ? -1 : t / TURNS * 1e9;
}

/* As of a datagram with one packet: who sent it, and may he? */
static double
time_checks(const struct leases *l, const uint32_t *addrs, uint32_t mask)
{
	uint32_t bad = 0, host;
	double t = seconds();

	for (uint32_t i = 0; i < TURNS; i++) {
		uint32_t addr = addrs[(i + bad) & mask];

		host = 0xc0a80000 + (addr >> 8 & 0xffff);
		bad += !leases_has_host(l, host);
		bad += leases_host_of(l, addr) != host;
	}
	t = seconds() - t;
	return bad != 0 ? -1 : t / TURNS * 1e9;
}

int
main(void)
{
	static const size_t sizes[] = { 10, 100, 1000, 10000, 65000 };
	static uint32_t addrs[ASKED];

	printf("%8s %26s %26s\n", "", "ns for a lookup", "ns for a check");
	printf("%8s %13s %12s %13s %12s\n", "subnets", "near", "far", "near",
	    "far");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct leases l = { .routes.n = 0 };

		if (fill(&l, sizes[i], addrs) < 0)
			return 1;
		printf("%8zu %13.1f %12.1f %13.1f %12.1f\n", sizes[i],
		    time_lookups(&l, addrs, NEAR - 1),
		    time_lookups(&l, addrs, ASKED - 1),
		    time_checks(&l, addrs, NEAR - 1),
		    time_checks(&l, addrs, ASKED - 1));
		leases_fini(&l);
	}
	return 0;
}
