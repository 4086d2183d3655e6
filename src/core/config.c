/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "net.h"
#include "object.h"

/* A subnet needs an address for the bridge and one for a container. */
#define SUBNET_LEN_MAX 30

/* *text is NULL where the key is absent. */
static int
get_text(json_t *root, const char *key, const char **text, char *why)
{
	json_t *value = object_get(root, key);
	char given[OBJECT_TEXT];

	*text = json_string_value(value);
	if (value != NULL && *text == NULL)
		return error_because(RUDDER_ECONFIG, why,
		    "%s is %s: it must be a string", key,
		    object_text(given, value));
	return 0;
}

static int
get_network(struct config *c, json_t *root, char *why)
{
	const char *text;

	if (get_text(root, "Network", &text, why) < 0)
		return RUDDER_ECONFIG;
	if (text == NULL)
		return error_because(RUDDER_ECONFIG, why,
		    "Network is missing: set it to the overlay's "
		    "own range, as in \"10.1.0.0/16\"");
	if (net_parse_cidr(text, &c->network) < 0)
		return error_because(RUDDER_ECONFIG, why,
		    "Network \"%.64s\" is not an IPv4 network: "
		    "write it as in \"10.1.0.0/16\"",
		    text);
	if (c->network.len >= SUBNET_LEN_MAX)
		return error_because(RUDDER_ECONFIG, why,
		    "Network \"%.64s\" is too small: it must be a "
		    "/%d or larger",
		    text, SUBNET_LEN_MAX - 1);
	return 0;
}

static int
get_subnet_len(struct config *c, json_t *root, char *why)
{
	json_t *value = object_get(root, "SubnetLen");
	char given[OBJECT_TEXT];
	json_int_t len = c->network.len < 24 ? 24 : c->network.len + 1;

	if (value != NULL && !json_is_integer(value))
		return error_because(RUDDER_ECONFIG, why,
		    "SubnetLen is %s: it must be a whole number",
		    object_text(given, value));
	if (value != NULL)
		len = json_integer_value(value);
	if (len < c->network.len || len > SUBNET_LEN_MAX)
		return error_because(RUDDER_ECONFIG, why,
		    "SubnetLen %" JSON_INTEGER_FORMAT " is out of "
		    "range: it must be from %d, the length of Network, to %d",
		    len, c->network.len, SUBNET_LEN_MAX);
	c->subnet_len = (uint8_t)len;
	return 0;
}

/* SubnetMin or SubnetMax: the first address of a subnet of Network. */
static int
get_bound(const struct config *c, json_t *root, const char *key,
    uint32_t *bound, char *why)
{
	uint32_t mask = net_mask(c->subnet_len);
	char ip[NET_TEXT], net[NET_TEXT];
	const char *text;
	uint32_t addr;

	if (get_text(root, key, &text, why) < 0)
		return RUDDER_ECONFIG;
	if (text == NULL)
		return 0;
	if (net_parse_ip(text, &addr) < 0)
		return error_because(RUDDER_ECONFIG, why,
		    "%s \"%.64s\" is not an IPv4 address: write "
		    "it as in \"%s\"",
		    key, text, net_ip(ip, *bound));
	if (!net_has(c->network, addr))
		return error_because(RUDDER_ECONFIG, why,
		    "%s %s is outside of Network %s", key, text,
		    net_cidr(net, c->network));
	if ((addr & ~mask) != 0)
		return error_because(RUDDER_ECONFIG, why,
		    "%s %s is not the first address of a /%u: did you mean %s?",
		    key, text, c->subnet_len, net_ip(ip, addr & mask));
	*bound = addr;
	return 0;
}

static int
get_bounds(struct config *c, json_t *root, char *why)
{
	char min[NET_TEXT], max[NET_TEXT];

	c->subnet_min = c->network.addr;
	c->subnet_max = (c->network.addr | ~net_mask(c->network.len)) &
			net_mask(c->subnet_len);
	if (get_bound(c, root, "SubnetMin", &c->subnet_min, why) < 0 ||
	    get_bound(c, root, "SubnetMax", &c->subnet_max, why) < 0)
		return RUDDER_ECONFIG;
	if (c->subnet_min > c->subnet_max)
		return error_because(RUDDER_ECONFIG, why,
		    "SubnetMin %s is above SubnetMax %s: exchange them",
		    net_ip(min, c->subnet_min), net_ip(max, c->subnet_max));
	return 0;
}

static int
get_backend(struct config *c, json_t *root, char *why)
{
	json_t *backend = object_get(root, "Backend");
	char given[OBJECT_TEXT];

	if (backend != NULL && !json_is_object(backend))
		return error_because(RUDDER_ECONFIG, why,
		    "Backend is %s: it must be an object, as in "
		    "{ \"Type\": \"udp\" }",
		    object_text(given, backend));
	c->backend = json_incref(backend);
	return 0;
}

int
config_parse(struct config *c, const char *text, char why[ERROR_WHY])
{
	char given[OBJECT_TEXT];
	json_error_t error;
	json_t *root;
	int rc;

	*c = (struct config){ 0 };
	root = object_read(text, JSON_DECODE_ANY, &error);
	if (root == NULL)
		return error_because(RUDDER_ECONFIG, why,
		    "it is not JSON: line %d, column %d: %s", error.line,
		    error.column, error.text);
	if (!json_is_object(root))
		rc = error_because(RUDDER_ECONFIG, why,
		    "it is %s: it must be an object, as in "
		    "{ \"Network\": \"10.1.0.0/16\" }",
		    object_text(given, root));
	else if ((rc = get_network(c, root, why)) == 0 &&
		 (rc = get_subnet_len(c, root, why)) == 0 &&
		 (rc = get_bounds(c, root, why)) == 0)
		rc = get_backend(c, root, why);
	json_decref(root);
	return rc;
}

void
config_fini(struct config *c)
{
	json_decref(c->backend);
	*c = (struct config){ 0 };
}

uint64_t
config_subnets(const struct config *c)
{
	return (((uint64_t)c->subnet_max - c->subnet_min) >>
		   (32 - c->subnet_len)) +
	       1;
}
