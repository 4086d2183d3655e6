/* SPDX-License-Identifier: Apache-2.0 */
/* Without libnftables nothing is ever opened. */
#include <errno.h>
#include <stddef.h>

#include "netfilter.h"

int
netfilter_open(struct netfilter **n)
{
	*n = NULL;
	return -ENOTSUP;
}

void
netfilter_close(struct netfilter *n)
{
	(void)n;
}

const char *
netfilter_run(struct netfilter *n, const char *commands)
{
	(void)n;
	(void)commands;
	return "built without libnftables";
}

const char *
netfilter_list(struct netfilter *n, const char *command, bool json)
{
	(void)n;
	(void)command;
	(void)json;
	return "";
}

evutil_socket_t
netfilter_watch(void)
{
	return -ENOTSUP;
}

void
netfilter_drain(evutil_socket_t fd)
{
	(void)fd;
}
