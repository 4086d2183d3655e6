/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attrs.h"
#include "net.h"
#include "object.h"

/* What a lease is of that names no backend: there was only one in 2014. */
#define FIRST_BACKEND "udp"

bool
attrs_is_node_id(const char *id)
{
	size_t len = strlen(id);

	return len > 0 && len <= ATTRS_NODE_ID_MAX &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_:-") == len;
}

static int
read_object(struct attrs *a, json_t *root)
{
	const char *ip = json_string_value(object_get(root, "PublicIP"));
	const char *id = json_string_value(object_get(root, "NodeID"));
	const char *asks = json_string_value(object_get(root, "AskedBy"));
	const char *backend =
	    json_string_value(object_get(root, "BackendType"));
	struct attrs found = { 0 };

	if (ip == NULL || net_parse_ip(ip, &found.public_ip) < 0)
		return -EINVAL;
	if (asks == NULL || net_parse_ip(asks, &found.asked_by) < 0)
		found.asked_by = 0;
	if (backend == NULL || backend[0] == '\0')
		backend = FIRST_BACKEND;
	snprintf(found.backend, sizeof(found.backend), "%s", backend);
	snprintf(
	    found.node_id, sizeof(found.node_id), "%s", id != NULL ? id : "");
	*a = found;
	return 0;
}

int
attrs_parse(struct attrs *a, const char *value)
{
	json_t *root = object_read(value, 0, NULL);
	int rc = read_object(a, root);

	json_decref(root);
	return rc;
}

static bool
is_first(const char *backend)
{
	return strcasecmp(backend, FIRST_BACKEND) == 0;
}

const char *
attrs_format(char value[ATTRS_TEXT], const struct attrs *a)
{
	char ip[NET_TEXT], backend[ATTRS_BACKEND + 20] = "";
	char id[ATTRS_NODE_ID + 20] = "", by[NET_TEXT];
	char asks[NET_TEXT + 20] = "";

	if (!is_first(a->backend))
		snprintf(backend, sizeof(backend), ",\"BackendType\":\"%s\"",
		    a->backend);
	if (a->node_id[0] != '\0')
		snprintf(id, sizeof(id), ",\"NodeID\":\"%s\"", a->node_id);
	if (a->asked_by != 0)
		snprintf(asks, sizeof(asks), ",\"AskedBy\":\"%s\"",
		    net_ip(by, a->asked_by));
	snprintf(value, ATTRS_TEXT, "{\"PublicIP\":\"%s\"%s%s%s}",
	    net_ip(ip, a->public_ip), backend, id, asks);
	return value;
}

/* ---- What is there already ---------------------------------------------- */

static bool
is_same(const struct attrs *a, const struct attrs *b)
{
	return a->public_ip == b->public_ip && a->asked_by == b->asked_by &&
	       strcasecmp(a->backend, b->backend) == 0 &&
	       (a->node_id[0] == '\0' || strcmp(a->node_id, b->node_id) == 0);
}

bool
attrs_match(const struct attrs *a, const char *value)
{
	struct attrs there;

	return attrs_parse(&there, value) == 0 && is_same(a, &there);
}

/*
 * In whatever case they wrote it: of two that are the same the last counts.
 * NULL: it goes.
 */
static int
replace(json_t *root, const char *key, const char *text)
{
	const char *name;
	json_t *member;
	void *next;

	json_object_foreach_safe(root, next, name, member)
	{
		if (strcasecmp(name, key) == 0 &&
		    (text == NULL || strcmp(name, key) != 0))
			json_object_del(root, name);
	}
	if (text == NULL)
		return 0;
	return json_object_set_new(root, key, json_string(text));
}

/* NULL: no memory. */
static char *
amend(const struct attrs *a, json_t *root)
{
	char ip[NET_TEXT], by[NET_TEXT];

	if (replace(root, "AskedBy",
		a->asked_by != 0 ? net_ip(by, a->asked_by) : NULL) < 0)
		return NULL;
	if (replace(root, "PublicIP", net_ip(ip, a->public_ip)) < 0)
		return NULL;
	if (a->node_id[0] != '\0' && replace(root, "NodeID", a->node_id) < 0)
		return NULL;
	return json_dumps(root, JSON_COMPACT);
}

char *
attrs_complete(const struct attrs *a, const char *value)
{
	json_t *root = object_read(value, 0, NULL);
	char ours[ATTRS_TEXT], *text;
	struct attrs there;

	if (read_object(&there, root) < 0 ||
	    strcasecmp(there.backend, a->backend) != 0)
		text = strdup(attrs_format(ours, a));
	else if (is_same(a, &there))
		text = strdup(value);
	else
		text = amend(a, root);
	json_decref(root);
	return text;
}
