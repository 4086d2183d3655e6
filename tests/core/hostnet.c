/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostnet.h"

void
hostnet_init(struct hostnet *m, uint32_t ip)
{
	*m = (struct hostnet){ .news = { -1, -1 } };
	m->links[m->n_links++] = (struct facts_link){ .name = "lo",
		.ifindex = 1,
		.mtu = 65536,
		.up = true,
		.loopback = true };
	m->links[m->n_links++] = (struct facts_link){
		.name = "eth0", .ifindex = 2, .mtu = 1500, .up = true
	};
	m->addrs[m->n_addrs++] =
	    (struct facts_addr){ .ifindex = 1, .ip = 0x7f000001, .len = 8 };
	m->addrs[m->n_addrs++] = (struct facts_addr){
		.ifindex = 2, .ip = ip, .len = 24, .global = true
	};
	m->routes[m->n_routes++] = (struct facts_route){
		.gateway = ip | 254, .ifindex = 2, .first = true
	};
}

void
hostnet_fini(struct hostnet *m)
{
	/* The other end is the engine's, which has closed it. */
	if (m->news[1] >= 0)
		close(m->news[1]);
}

static int
copy(void *to, const void *from, size_t n, size_t size)
{
	void **list = to;

	*list = calloc(n + 1, size);
	if (*list == NULL)
		return -ENOMEM;
	memcpy(*list, from, n * size);
	return 0;
}

int
hostnet_facts(struct hostnet *m, struct facts *f, char why[ERROR_WHY])
{
	m->looks++;
	*f = (struct facts){ 0 };
	if (m->fail < 0)
		return error_because(m->fail, why, "the kernel is silent");
	if (copy(&f->links, m->links, m->n_links, sizeof(*m->links)) < 0 ||
	    copy(&f->addrs, m->addrs, m->n_addrs, sizeof(*m->addrs)) < 0 ||
	    copy(&f->routes, m->routes, m->n_routes, sizeof(*m->routes)) < 0 ||
	    copy(&f->resolvers, m->resolvers, m->n_resolvers,
		sizeof(*m->resolvers)) < 0)
		return error_because(-ENOMEM, why, "no memory");
	f->n_links = m->n_links;
	f->n_addrs = m->n_addrs;
	f->n_routes = m->n_routes;
	f->n_resolvers = m->n_resolvers;
	return 0;
}

int
hostnet_watch(struct hostnet *m)
{
	if (m->fail_watch < 0)
		return m->fail_watch;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, m->news), 0);
	return m->news[0];
}

void
hostnet_news(struct hostnet *m)
{
	const struct nlmsghdr message = { .nlmsg_len = sizeof(message),
		.nlmsg_type = RTM_NEWADDR };

	assert_int_equal(
	    send(m->news[1], &message, sizeof(message), 0), sizeof(message));
}
