/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "leases.h"

void
leases_fini(struct leases *l)
{
	routes_fini(&l->routes);
	routes_fini(&l->hosts);
}

static struct rudder_net
only(uint32_t host)
{
	return (struct rudder_net){ .addr = host, .len = 32 };
}

static uint32_t
count(const struct leases *l, uint32_t host)
{
	const struct route *r = routes_find(&l->hosts, host);

	return r == NULL ? 0 : r->endpoint;
}

static int
keep_host(struct leases *l, uint32_t host)
{
	return routes_set(&l->hosts, only(host), count(l, host) + 1);
}

/* To write over a count takes no memory. */
static void
drop_host(struct leases *l, uint32_t host)
{
	uint32_t n = count(l, host);

	if (n > 1)
		routes_set(&l->hosts, only(host), n - 1);
	else
		routes_del(&l->hosts, only(host));
}

int
leases_set(struct leases *l, struct rudder_net subnet, uint32_t host)
{
	const struct route *before = routes_exact(&l->routes, subnet);
	uint32_t was = before == NULL ? 0 : before->endpoint;
	int rc = keep_host(l, host);

	if (rc < 0)
		return rc;
	rc = routes_set(&l->routes, subnet, host);
	if (rc < 0)
		drop_host(l, host);
	else if (before != NULL)
		drop_host(l, was);
	return rc;
}

int
leases_set_metered(struct leases *l, struct rudder_net subnet, uint32_t host,
    struct meter *meter)
{
	int rc = leases_set(l, subnet, host);

	if (rc == 0)
		routes_meter(&l->routes, subnet, meter);
	return rc;
}

int
leases_del(struct leases *l, struct rudder_net subnet)
{
	const struct route *before = routes_exact(&l->routes, subnet);

	if (before == NULL)
		return -ENOENT;
	drop_host(l, before->endpoint);
	return routes_del(&l->routes, subnet);
}

int
leases_copy(struct leases *to, const struct leases *from)
{
	int rc = routes_copy(&to->routes, &from->routes);

	routes_init(&to->hosts);
	if (rc == 0)
		rc = routes_copy(&to->hosts, &from->hosts);
	if (rc < 0)
		leases_fini(to);
	return rc;
}

uint32_t
leases_host_of(const struct leases *l, uint32_t addr)
{
	const struct route *r = routes_find(&l->routes, addr);

	return r == NULL ? 0 : r->endpoint;
}

bool
leases_has_host(const struct leases *l, uint32_t host)
{
	return routes_find(&l->hosts, host) != NULL;
}
