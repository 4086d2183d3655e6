/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "attrs.h"
#include "net.h"
#include "object.h"

/* What a lease is of that names no backend: there was only one in 2014. */
#define FIRST_BACKEND "udp"

int
attrs_parse(struct attrs *a, const char *value)
{
	json_t *root = object_read(value, 0, NULL);
	const char *ip, *backend;
	struct attrs found = { 0 };
	int rc = -EINVAL;

	ip = json_string_value(object_get(root, "PublicIP"));
	backend = json_string_value(object_get(root, "BackendType"));
	if (backend == NULL || backend[0] == '\0')
		backend = FIRST_BACKEND;
	if (ip != NULL && net_parse_ip(ip, &found.public_ip) == 0) {
		snprintf(found.backend, sizeof(found.backend), "%s", backend);
		*a = found;
		rc = 0;
	}
	json_decref(root);
	return rc;
}

const char *
attrs_format(char value[ATTRS_TEXT], const struct attrs *a)
{
	char ip[NET_TEXT];

	net_ip(ip, a->public_ip);
	if (strcasecmp(a->backend, FIRST_BACKEND) == 0)
		snprintf(value, ATTRS_TEXT, "{\"PublicIP\":\"%s\"}", ip);
	else
		snprintf(value, ATTRS_TEXT,
		    "{\"PublicIP\":\"%s\",\"BackendType\":\"%s\"}", ip,
		    a->backend);
	return value;
}
