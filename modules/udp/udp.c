/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The udp backend: inner packets travel as the payload of UDP datagrams, one
 * in each, between sockets on the same port of every host. This file is what
 * the host sees of it; the work is done in station.c and from there on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rudder/module.h>

#include "offload.h"
#include "path.h"
#include "station.h"
#include "tun.h"

#define DEFAULT_PORT "8285"
#define DEFAULT_WORKERS "1"

struct udp {
	struct station station;
};

/* ---- open: the options ------------------------------------------------ */

#define SWITCH(word, what)                                                     \
	{                                                                      \
		.name = word, .type = RUDDER_BOOL, .def = "true", .help = what \
	}

static const struct rudder_option options[] = {
	{ .name = "port",
	    .type = RUDDER_NUMBER,
	    .def = DEFAULT_PORT,
	    .value = "number",
	    .help = "UDP port that every host of the overlay listens at",
	    .key = "Port",
	    .min = 1,
	    .max = 65535 },
	{ .name = "workers",
	    .type = RUDDER_NUMBER,
	    .def = DEFAULT_WORKERS,
	    .value = "number",
	    .help = "threads that move packets; 0: the program's own",
	    .key = "Workers",
	    .min = 0,
	    .max = TUN_QUEUES_MAX },
	SWITCH("offloads", "many packets at once; =false: one by one"),
	SWITCH("tso", "let the TUN hand over TCP uncut"),
	SWITCH("uso", "let the TUN hand over UDP uncut, and take it"),
	SWITCH("udp-segment", "send many datagrams in one"),
	SWITCH("udp-gro", "receive many datagrams in one"),
	SWITCH("coalesce", "merge received packets for the TUN"),
	SWITCH("pmtu", "learn how narrow paths are; =false: no DF"),
	SWITCH(
	    "rx-check", "only who has a subnet speaks for it; =off: anybody"),
	{ .name = NULL },
};

/* The text of an option that is not set is its default. */
static int
read_number(const struct rudder_env *env, const char *name, unsigned *number)
{
	const struct rudder_option *o = options;
	const char *text = env->option(env, name);
	char *end;
	unsigned long n;

	while (strcmp(o->name, name) != 0)
		o++;
	if (text == NULL)
		text = o->def;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < o->min ||
	    n > o->max || *text == '-') {
		env->log(env, RUDDER_ERROR,
		    "udp: %s=%s: must be a number from %u to %u", name, text,
		    (unsigned)o->min, (unsigned)o->max);
		return RUDDER_EOPTION;
	}
	*number = (unsigned)n;
	return 0;
}

static bool
read_switch(const struct rudder_env *env, const char *name)
{
	const char *text = env->option(env, name);

	return text == NULL || strcmp(text, "false") != 0;
}

static int
udp_open(const struct rudder_env *env, void **backend)
{
	struct station_config cfg;
	unsigned port;
	struct udp *u;
	int rc;

	rc = read_number(env, "port", &port);
	if (rc == 0)
		rc = read_number(env, "workers", &cfg.workers);
	if (rc < 0)
		return rc;
	cfg.port = (uint16_t)port;
	cfg.pmtu = read_switch(env, "pmtu");
	cfg.rx_check = read_switch(env, "rx-check");
	cfg.wanted = offload_wanted(env);
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return -ENOMEM;
	station_init(&u->station, env, &cfg);
	*backend = u;
	return 0;
}

/* ---- attach, move ------------------------------------------------------ */

static void
describe(const struct udp *u, struct rudder_device *device)
{
	*device = (struct rudder_device){ .mtu = u->station.mtu,
		.name = u->station.tun.name };
}

static int
udp_attach(void *backend, const struct rudder_attach *where,
    struct rudder_device *device)
{
	struct udp *u = backend;
	int rc;

	if (u->station.path != NULL)
		return RUDDER_ESTATE;
	rc = station_attach(&u->station, where);
	if (rc == 0)
		describe(u, device);
	return rc;
}

static int
udp_move(void *backend, const struct rudder_attach *where,
    struct rudder_device *device)
{
	struct udp *u = backend;
	int rc;

	if (u->station.path == NULL)
		return RUDDER_ESTATE;
	rc = station_move(&u->station, where);
	if (rc == 0)
		describe(u, device);
	return rc;
}

/* ---- The rest of a life ----------------------------------------------- */

static int
udp_peer_set(void *backend, struct rudder_net subnet, uint32_t public_ip)
{
	struct udp *u = backend;

	if (u->station.path == NULL)
		return RUDDER_ESTATE;
	return path_route_set(u->station.path, subnet, public_ip);
}

static int
udp_peer_del(void *backend, struct rudder_net subnet)
{
	struct udp *u = backend;

	if (u->station.path == NULL)
		return RUDDER_ESTATE;
	return path_route_del(u->station.path, subnet);
}

/* What is in use, which may be less than what the options ask for. */
static size_t
gauges(const struct station *s, struct rudder_stat *stats, size_t n)
{
	const struct offload *o = &s->offload;
	const struct rudder_stat all[] = {
		{ "workers", s->cfg.workers, true },
		{ "rx_check", s->cfg.rx_check, true },
		{ "pmtu", s->cfg.pmtu, true },
		{ "offload_tso", o->tso, true },
		{ "offload_uso", o->uso, true },
		{ "offload_udp_segment", o->segment, true },
		{ "offload_udp_gro", o->gro, true },
		{ "offload_coalesce", o->coalesce, true },
	};
	const size_t n_all = sizeof(all) / sizeof(all[0]);

	for (size_t i = 0; i < n && i < n_all; i++)
		stats[i] = all[i];
	return n_all;
}

static size_t
udp_stats(void *backend, struct rudder_stat *stats, size_t n)
{
	struct udp *u = backend;
	size_t counters = path_stats(u->station.path, stats, n);

	if (counters >= n)
		return counters + gauges(&u->station, NULL, 0);
	return counters + gauges(&u->station, stats + counters, n - counters);
}

static size_t
udp_peer_stats(void *backend, struct rudder_net subnet,
    struct rudder_stat *stats, size_t n)
{
	struct udp *u = backend;

	return path_peer_stats(u->station.path, subnet, stats, n);
}

static void
udp_close(void *backend)
{
	struct udp *u = backend;

	if (u == NULL)
		return;
	station_fini(&u->station);
	free(u);
}

static const struct rudder_backend ops = {
	.open = udp_open,
	.close = udp_close,
	.attach = udp_attach,
	.move = udp_move,
	.peer_set = udp_peer_set,
	.peer_del = udp_peer_del,
	.stats = udp_stats,
	.peer_stats = udp_peer_stats,
};

RUDDER_MODULE(udp) = {
	.abi = RUDDER_MODULE_ABI,
	.name = "udp",
	.options = options,
	.backend = &ops,
};
