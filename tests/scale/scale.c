/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scale NODES ROUNDS - many hosts in one process, and one real etcd.
 *
 * Each is a librudder of its own, on the one event loop, with a PublicIP and
 * a node id of its own and a backend that only writes down what it is told.
 * All of them join at once; then a fifth of them leaves for good, so that
 * its leases are deleted, and as many come, in each of the rounds. Each time
 * it is waited until every node knows every other.
 *
 * It speaks TAP; what it measures is in its comments.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include <rudder/rudder.h>

#include "../etcd2/etcd.h"
#include "../fake/record.h"

/* What RFC 2544 has set aside for measurements. */
#define NETWORK 0xc6120000
#define CONFIG "{\"Network\":\"198.18.0.0/15\",\"SubnetLen\":26}"
#define SUBNETS 2048
#define SUBNET_BITS 6
#define PREFIX "/v2/keys/coreos.com/network"
#define DESCRIPTORS 12 /* of a node, at most, with etcd's */
#define PATIENCE 300   /* seconds; a bound, never a pass mark */
#define LOOK_EVERY 20  /* ms */
#define SHARE 5	       /* one of so many leaves */

struct node {
	struct scale *scale;
	struct rudder *rudder;
	uint32_t public_ip;
	bool ready;
	uint32_t subnet; /* its number in the network */
	struct record record;
};

struct scale {
	struct event_base *base;
	struct etcd *etcd;
	struct node *nodes;
	unsigned n, rounds;
	uint32_t next_ip;	 /* of a node that was never there */
	uint32_t owner[SUBNETS]; /* who has it: its PublicIP */
	unsigned twice;		 /* given to a second node */
	unsigned failed;	 /* nodes that gave up */
	unsigned warnings;	 /* and errors, in their logs */
	unsigned cases, bad;
};

/* ---- Words ----------------------------------------------------------------- */

static void
ok(struct scale *s, bool good, const char *what)
{
	s->cases++;
	s->bad += !good;
	printf("%sok %u - %u nodes: %s\n", good ? "" : "not ", s->cases, s->n,
	    what);
	fflush(stdout);
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
cpu_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static uint64_t
resident_bytes(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* etcd counts polls apart. */
static uint64_t
requests(struct scale *s)
{
	return etcd_metric(s->etcd, "etcd_http_received_total") +
	       etcd_metric(
		   s->etcd, "etcd_debugging_store_watch_requests_total");
}

static const char *
text_of(char text[16], uint32_t ip)
{
	snprintf(text, 16, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255,
	    ip >> 8 & 255, ip & 255);
	return text;
}

static uint32_t
number_of(struct rudder_net subnet)
{
	return (subnet.addr - NETWORK) >> SUBNET_BITS & (SUBNETS - 1);
}

/* ---- A node ------------------------------------------------------------------ */

static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct node *n = arg;
	struct scale *s = n->scale;
	uint32_t number = number_of(lease->subnet);

	(void)r;
	if (s->owner[number] != 0 && s->owner[number] != n->public_ip)
		s->twice++;
	s->owner[number] = n->public_ip;
	n->subnet = number;
	n->ready = true;
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	struct node *n = arg;

	(void)r;
	(void)err;
	printf("# failed: %s\n", why);
	n->scale->failed++;
}

static void
on_log(struct rudder *r, enum rudder_level level, const char *line, void *arg)
{
	struct node *n = arg;

	(void)r;
	if (level > RUDDER_WARNING)
		return;
	if (n->scale->warnings++ < 5)
		printf("# a node says: %s\n", line);
}

static void
set(struct node *n, const char *name, const char *value)
{
	if (rudder_set(n->rudder, name, value) == 0)
		return;
	printf("Bail out! %s\n", rudder_why(n->rudder));
	exit(1);
}

static void
join(struct node *n)
{
	static const struct rudder_callbacks callbacks = {
		.ready = on_ready,
		.failed = on_failed,
		.log = on_log,
	};
	struct scale *s = n->scale;
	char text[64];

	n->public_ip = s->next_ip++;
	n->ready = false;
	if (rudder_new(&n->rudder, s->base, &callbacks, n) < 0)
		exit(1);
	snprintf(text, sizeof(text), "%s/.libs", getenv("top_builddir"));
	set(n, "module-dir", text);
	set(n, "backend", "record");
	set(n, "iface", "lo");
	set(n, "public-ip", text_of(text, n->public_ip));
	set(n, "node-id", text);
	set(n, "etcd-endpoints", etcd_url(s->etcd));
	snprintf(text, sizeof(text), "%p", (void *)&n->record);
	set(n, "record", text);
	if (rudder_start(n->rudder) < 0)
		printf("# %s\n", rudder_why(n->rudder));
}

/* For good: its lease is deleted. */
static void
leave(struct node *n)
{
	struct scale *s = n->scale;
	uint32_t addr = NETWORK + (n->subnet << SUBNET_BITS);
	char path[128], ip[16];

	rudder_free(n->rudder);
	n->rudder = NULL;
	s->owner[n->subnet] = 0;
	snprintf(
	    path, sizeof(path), PREFIX "/subnets/%s-26", text_of(ip, addr));
	if (etcd_do(s->etcd, "DELETE", path, NULL) != 200)
		printf("# no lease to delete: %s\n", path);
}

/* ---- Does every node know every other? ---------------------------------------- */

static unsigned
others_known(const struct scale *s, const struct node *n)
{
	unsigned known = 0;

	for (size_t i = 0; i < n->record.n_peers; i++) {
		uint32_t number = number_of(n->record.peers[i].subnet);

		known += s->owner[number] == n->record.peers[i].public_ip;
	}
	return known;
}

static bool
all_know_all(const struct scale *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct node *n = &s->nodes[i];

		if (!n->ready || n->record.n_peers < s->n - 1 ||
		    others_known(s, n) < s->n - 1)
			return false;
	}
	return true;
}

/* And nobody who is not there. */
static bool
all_know_no_more(const struct scale *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->nodes[i].record.n_peers != s->n - 1)
			return false;
	return true;
}

static bool
await(struct scale *s, bool (*done)(const struct scale *))
{
	struct timeval tv = { 0, LOOK_EVERY * 1000 };
	double end = seconds() + PATIENCE;

	while (!done(s) && s->failed == 0 && seconds() < end) {
		event_base_loopexit(s->base, &tv);
		event_base_dispatch(s->base);
	}
	return done(s);
}

/* ---- The story --------------------------------------------------------------- */

/* Nodes and what they do, until they all know each other. */
static void
measure(struct scale *s, unsigned first, unsigned count, const char *what)
{
	uint64_t asked = requests(s);
	double begun = seconds(), used = cpu_seconds();
	char name[128];
	bool good;

	for (unsigned i = first; i < first + count; i++)
		join(&s->nodes[i]);
	good = await(s, all_know_all);
	printf("# figure: %u nodes, %s: every node knows every other after "
	       "%.1f s; %.1f requests per node; %.1f s of our CPU\n",
	    s->n, what, seconds() - begun,
	    (double)(requests(s) - asked) / (double)s->n, cpu_seconds() - used);
	snprintf(name, sizeof(name), "%s: every node knows every other", what);
	ok(s, good, name);
}

static void
churn(struct scale *s, unsigned round)
{
	unsigned count = s->n / SHARE, first = round % SHARE * count;
	char what[64];

	for (unsigned i = first; i < first + count; i++)
		leave(&s->nodes[i]);
	snprintf(what, sizeof(what), "%u leave and %u come", count, count);
	measure(s, first, count, what);
}

static void
story(struct scale *s)
{
	uint64_t before = resident_bytes();

	measure(s, 0, s->n, "all join at once");
	printf("# figure: %u nodes: %" PRIu64 " KiB resident per node, of "
	       "which the recorder has %zu\n",
	    s->n, (resident_bytes() - before) / s->n / 1024,
	    sizeof(struct record) / 1024);
	for (unsigned round = 0; round < s->rounds; round++)
		churn(s, round);
	ok(s, await(s, all_know_no_more), "none knows one that has left");
	ok(s, s->twice == 0, "no subnet was given twice");
	ok(s, s->failed == 0, "none gave up");
	printf("# %u warnings\n", s->warnings);
}

static bool
descriptors_for(unsigned nodes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       limit.rlim_cur >= (rlim_t)nodes * DESCRIPTORS;
}

static int
run(struct scale *s)
{
	s->etcd = etcd_start(true);
	s->base = event_base_new();
	s->nodes = calloc(s->n, sizeof(*s->nodes));
	if (s->etcd == NULL || s->base == NULL || s->nodes == NULL)
		return 1;
	for (unsigned i = 0; i < s->n; i++)
		s->nodes[i].scale = s;
	etcd_do(s->etcd, "PUT", PREFIX "/config", "value=" CONFIG);
	story(s);
	for (unsigned i = 0; i < s->n; i++)
		rudder_free(s->nodes[i].rudder);
	free(s->nodes);
	event_base_free(s->base);
	etcd_free(s->etcd);
	printf("1..%u\n", s->cases);
	return s->bad > 0;
}

int
main(int argc, char **argv)
{
	/* From 192.168.0.1 on: any that is not in the overlay. */
	struct scale s = { .next_ip = 0xc0a80001 };
	int n = argc == 3 ? atoi(argv[1]) : 0;

	if (n < SHARE || n > RECORD_PEERS / 2 || getenv("top_builddir") == NULL)
		return 2;
	s.n = (unsigned)n;
	s.rounds = (unsigned)atoi(argv[2]);
	if (!etcd_installed() || !descriptors_for(s.n)) {
		printf("1..0 # SKIP needs an etcd with a v2 API, and %u "
		       "descriptors\n",
		    s.n * DESCRIPTORS);
		return 0;
	}
	return run(&s);
}
