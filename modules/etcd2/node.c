/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "net.h"
#include "node.h"

uint64_t
node_index(const json_t *object, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(object, name));

	return v > 0 ? (uint64_t)v : 0;
}

/*
 * By components: etcd finds that "/coreos.com/net" is a prefix of
 * "/coreos.com/network", and tells us of its end (E-9).
 */
enum place
node_place(const char *key, const char *from)
{
	size_t n = strlen(key), m = strlen(from);

	if (strcmp(key, from) == 0)
		return SELF;
	if (n > m && strncmp(key, from, m) == 0 && key[m] == '/')
		return BELOW;
	if (n < m && strncmp(key, from, n) == 0 &&
	    (from[n] == '/' || strcmp(key, "/") == 0))
		return ABOVE;
	return ELSEWHERE;
}

const char *
node_text(const json_t *object, const char *name)
{
	const json_t *text = json_object_get(object, name);
	const char *s = json_string_value(text);

	return s != NULL && strlen(s) == json_string_length(text) ? s : NULL;
}

/* etcd leaves out what is not set; a directory has no value at all. */
const char *
node_value(const json_t *node)
{
	if (json_is_true(json_object_get(node, "dir")))
		return NULL;
	if (json_object_get(node, "value") == NULL)
		return "";
	return node_text(node, "value");
}

/*
 * Without an end, it is a reservation. A lease in its last moment has an
 * expiration, but its ttl of 0 is left out: it is no reservation.
 */
int64_t
node_ttl(const json_t *node)
{
	const json_t *ttl = json_object_get(node, "ttl");
	json_int_t v = json_integer_value(ttl);

	if (ttl == NULL && json_object_get(node, "expiration") == NULL)
		return 0;
	return v > 0 ? v : 1;
}

bool
node_subnet(const json_t *node, const char *subnets, struct rudder_net *subnet)
{
	const char *key = node_text(node, "key");

	return key != NULL && node_place(key, subnets) == BELOW &&
	       net_parse_key(key + strlen(subnets) + 1, subnet) == 0;
}

bool
node_record(
    const json_t *node, const char *subnets, struct rudder_record *record)
{
	const char *value = node_value(node);
	struct rudder_net subnet;

	if (value == NULL || !node_subnet(node, subnets, &subnet))
		return false;
	*record = (struct rudder_record){
		.subnet = subnet,
		.value = value,
		.version = node_index(node, "modifiedIndex"),
		.created = node_index(node, "createdIndex"),
		.ttl = node_ttl(node),
	};
	return true;
}

uint64_t
node_newest(const json_t *node)
{
	uint64_t index, max = node_index(node, "modifiedIndex");
	const json_t *nodes = json_object_get(node, "nodes"), *child;

	for (size_t i = 0; i < json_array_size(nodes); i++) {
		child = json_array_get(nodes, i);
		index = node_index(child, "modifiedIndex");
		if (index > max)
			max = index;
	}
	return max;
}
