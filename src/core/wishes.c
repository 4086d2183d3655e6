/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "attrs.h"
#include "net.h"
#include "wishes.h"

const struct rudder_option wishes_table[] = {
	[WISH_REGISTRY] = { .name = "registry",
	    .def = "etcd2",
	    .value = "name",
	    .help = "the module that knows where subnets are leased" },
	[WISH_BACKEND] = { .name = "backend",
	    .def = "udp",
	    .value = "name",
	    .help = "the module that carries the packets; must be the "
		    "Backend.Type of the network config, where that is set" },
	[WISH_MODULE_DIR] = { .name = "module-dir",
	    .def = MODULE_DIR,
	    .value = "path",
	    .help = "where modules are found" },
	[WISH_IFACE] = { .name = "iface",
	    .value = "name|address",
	    .help = "the interface that carries our packets; without it the "
		    "one of the default route" },
	[WISH_PUBLIC_IP] = { .name = "public-ip",
	    .value = "address",
	    .help = "what the others send to, where it is not the "
		    "interface's own" },
	[WISH_NODE_ID] = { .name = "node-id",
	    .value = "text",
	    .help = "which machine this is, in its lease; without it a hash of "
		    "its machine-id; empty: not told" },
	[WISH_SUBNET] = { .name = "subnet",
	    .value = "network",
	    .help = "the subnet that this host had before, as 10.1.5.0/24: "
		    "claimed again" },
	[WISH_ON_LEASE_LOSS] = { .name = "on-lease-loss",
	    .def = "quarantine",
	    .value = "policy",
	    .help = "what to do when another host has our subnet: keep, "
		    "quarantine or exit" },
	[WISH_LEASE_SECONDS] = { .name = "lease-ttl",
	    .type = RUDDER_NUMBER,
	    .def = "86400",
	    .value = "seconds",
	    .help = "how long a lease lasts; for tests",
	    .min = LEASE_TTL_MIN,
	    .max = LEASE_TTL_MAX },
	[WISH_FORCE_OVERLAP] = { .name = "force-overlap",
	    .type = RUDDER_BOOL,
	    .def = "false",
	    .help = "go on with a Network that overlaps with one that this "
		    "host lives in" },
	[WISH_DRY_RUN] = { .name = "dry-run",
	    .type = RUDDER_BOOL,
	    .def = "false",
	    .help = "say what would be done, and change nothing" },
	[WISHES] = { .name = NULL },
};

int
wishes_find(const struct rudder_option *option)
{
	for (int i = 0; i < WISHES; i++) {
		if (option == &wishes_table[i])
			return i;
	}
	return -1;
}

const char *
wishes_get(const struct options *o, enum wish which)
{
	const char *value = options_get(o, &wishes_table[which]);

	return value != NULL && value[0] == '\0' ? NULL : value;
}

bool
wishes_is_true(const struct options *o, enum wish which)
{
	const char *value = wishes_get(o, which);

	return value != NULL && strcmp(value, "true") == 0;
}

/* ---- What the table cannot say ------------------------------------------ */

static int
check_address(const char *value, char why[ERROR_WHY])
{
	uint32_t ip;

	if (value[0] == '\0')
		return 0;
	if (net_parse_ip(value, &ip) < 0)
		return error_because(RUDDER_EOPTION, why,
		    "public-ip: \"%.64s\" is not an IPv4 address, as in "
		    "192.168.0.7",
		    value);
	if (net_is_host(ip))
		return 0;
	return error_because(RUDDER_EOPTION, why,
	    "public-ip: no other host can send to %.64s: give the address at "
	    "which the others reach this one, as in 192.168.0.7",
	    value);
}

static int
check_node_id(const char *value, char why[ERROR_WHY])
{
	if (value[0] == '\0' || attrs_is_node_id(value))
		return 0;
	return error_because(RUDDER_EOPTION, why,
	    "node-id: \"%.80s\" is not 1 to %d letters, digits and any of "
	    "./_:-",
	    value, ATTRS_NODE_ID_MAX);
}

static int
check_subnet(const char *value, char why[ERROR_WHY])
{
	struct rudder_net net;

	if (value[0] == '\0' || net_parse_cidr(value, &net) == 0)
		return 0;
	return error_because(RUDDER_EOPTION, why,
	    "subnet: \"%.64s\" is not an IPv4 network, as in 10.1.5.0/24",
	    value);
}

static const char *const policies[] = {
	[LEASE_KEEP] = "keep",
	[LEASE_QUARANTINE] = "quarantine",
	[LEASE_EXIT] = "exit",
};

/* -1: none of them. */
static int
find_policy(const char *value)
{
	int i = LEASE_EXIT;

	while (i >= 0 && strcmp(policies[i], value) != 0)
		i--;
	return i;
}

static int
check_policy(const char *value, char why[ERROR_WHY])
{
	if (find_policy(value) >= 0)
		return 0;
	return error_because(RUDDER_EOPTION, why,
	    "on-lease-loss: \"%.64s\" is none of keep, quarantine, exit",
	    value);
}

static int (*const checks[])(const char *value, char why[ERROR_WHY]) = {
	[WISH_PUBLIC_IP] = check_address,
	[WISH_NODE_ID] = check_node_id,
	[WISH_SUBNET] = check_subnet,
	[WISH_ON_LEASE_LOSS] = check_policy,
};

int
wishes_check(enum wish which, const char *value, char why[ERROR_WHY])
{
	if (which >= sizeof(checks) / sizeof(checks[0]) ||
	    checks[which] == NULL)
		return 0;
	return checks[which](value, why);
}

/* ---- What they come to -------------------------------------------------- */

struct lease_terms
wishes_terms(const struct options *o, const char *node_id)
{
	struct lease_terms terms = {
		.ttl = (unsigned)strtoul(
		    wishes_get(o, WISH_LEASE_SECONDS), NULL, 10),
		.on_loss = (enum lease_loss)find_policy(
		    wishes_get(o, WISH_ON_LEASE_LOSS)),
		.node_id = node_id != NULL ? node_id : "",
	};

	if (wishes_get(o, WISH_SUBNET) != NULL)
		net_parse_cidr(wishes_get(o, WISH_SUBNET), &terms.former);
	return terms;
}
