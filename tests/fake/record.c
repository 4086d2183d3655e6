/* SPDX-License-Identifier: Apache-2.0 */
/* A backend module that only writes down what it is told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "record.h"

const char *
record_text(const struct record *r, char text[32])
{
	snprintf(text, 32, "%p", (const void *)r);
	return text;
}

static size_t
find(const struct record *r, struct rudder_net subnet)
{
	size_t i = 0;

	while (i < r->n_peers && !net_equal(r->peers[i].subnet, subnet))
		i++;
	return i;
}

uint32_t
record_peer(const struct record *r, const char *key)
{
	struct rudder_net net;
	size_t i;

	if (net_parse_key(key, &net) < 0)
		abort();
	i = find(r, net);
	return i < r->n_peers ? r->peers[i].public_ip : 0;
}

static int
record_open(const struct rudder_env *env, void **backend)
{
	const char *text = env->option(env, "record");
	void *record = NULL;
	struct record *r;

	if (text == NULL || sscanf(text, "%p", &record) != 1) {
		env->log(env, RUDDER_ERROR, "record: it must be set");
		return RUDDER_EOPTION;
	}
	r = record;
	if (r->fail_open < 0)
		return r->fail_open;
	snprintf(r->port, sizeof(r->port), "%s", env->option(env, "port"));
	r->env = env;
	*backend = r;
	return 0;
}

static void
record_close(void *backend)
{
	struct record *r = backend;

	r->env->log(r->env, RUDDER_DEBUG, "closed");
	r->env = NULL;
	r->attached = false;
	r->n_peers = 0;
}

static int
record_attach(
    void *backend, const struct rudder_attach *at, struct rudder_device *device)
{
	struct record *r = backend;

	if (r->fail_attach < 0)
		return r->fail_attach;
	r->attached = true;
	r->at = *at;
	*device = (struct rudder_device){ .mtu = at->iface_mtu - 28,
		.name = "record0" };
	return 0;
}

static int
record_move(
    void *backend, const struct rudder_attach *at, struct rudder_device *device)
{
	struct record *r = backend;

	if (r->fail_moves > 0) {
		r->fail_moves--;
		return -EADDRNOTAVAIL;
	}
	r->moves++;
	r->at = *at;
	*device = (struct rudder_device){ .mtu = at->iface_mtu - 28,
		.name = "record0" };
	return 0;
}

static int
record_peer_set(void *backend, struct rudder_net subnet, uint32_t public_ip)
{
	struct record *r = backend;
	size_t i = find(r, subnet);

	if (r->fail_sets > 0) {
		r->fail_sets--;
		return -ENOMEM;
	}
	if (i == RECORD_PEERS)
		abort();
	if (i == r->n_peers)
		r->n_peers++;
	r->peers[i].subnet = subnet;
	r->peers[i].public_ip = public_ip;
	r->sets++;
	return 0;
}

static int
record_peer_del(void *backend, struct rudder_net subnet)
{
	struct record *r = backend;
	size_t i = find(r, subnet);

	if (i == r->n_peers)
		abort();
	r->peers[i] = r->peers[--r->n_peers];
	r->dels++;
	return 0;
}

static size_t
record_stats(void *backend, struct rudder_stat *stats, size_t n)
{
	struct record *r = backend;

	if (n > 0)
		stats[0] = (struct rudder_stat){ "peers", r->n_peers, true };
	return 1;
}

static const struct rudder_backend ops = {
	.open = record_open,
	.close = record_close,
	.attach = record_attach,
	.move = record_move,
	.peer_set = record_peer_set,
	.peer_del = record_peer_del,
	.stats = record_stats,
};

static const struct rudder_option options[] = {
	{ .name = "record", .value = "address", .help = "of a struct record" },
	{ .name = "port",
	    .type = RUDDER_NUMBER,
	    .def = "8285",
	    .value = "number",
	    .help = "as udp has it",
	    .key = "Port",
	    .min = 1,
	    .max = 65535 },
	{ .name = NULL },
};

RUDDER_MODULE(record) = {
	.abi = RUDDER_MODULE_ABI,
	.name = "record",
	.options = options,
	.backend = &ops,
};
