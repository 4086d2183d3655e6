/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bound to the address that the others send to, so that what we send comes
 * from there too (F45).
 *
 * Every datagram carries DF, so that a router on a narrower way says how
 * narrow it is, and the senders inside can be told (F54, hear.c). Where such
 * words get lost, packets that are too long would vanish: for these networks
 * there is the option pmtu=false. Then no datagram has DF, and a router that
 * must, cuts it; the overlay is slow there, but it works.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net.h"
#include "socks.h"

/* Bursts of a fast sender must fit in while the event loop is elsewhere. */
#define BUFFER (8 * 1024 * 1024)

static int
set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		return -errno;
	return 0;
}

/* Past the system's limit where we may; the default is good enough. */
static void
raise_buffers(int fd)
{
	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) < 0)
		set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER) < 0)
		set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER);
}

static const char *
remedy(int err)
{
	if (err == EADDRINUSE)
		return ": another program has it (ss -ulnp shows which): stop "
		       "that one, or choose another port for all hosts";
	if (err == EADDRNOTAVAIL)
		return ": the interface has lost this address";
	if (err == EACCES)
		return ": ports below 1024 need CAP_NET_BIND_SERVICE";
	return "";
}

static int
set_pmtu(int fd, bool pmtu)
{
	int rc = set(fd, IPPROTO_IP, IP_MTU_DISCOVER,
	    pmtu ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);

	if (rc == 0 && pmtu)
		rc = set(fd, IPPROTO_IP, IP_RECVERR, 1);
	return rc;
}

static int
bind_to(int fd, uint32_t ip, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(ip) };

	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		return -errno;
	return 0;
}

/*
 * The first is bound before it may be shared, and so fails where somebody
 * else is already, even if he shares; the others share it with the first.
 */
static int
add(struct socks *s, const struct socks_config *cfg)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (s->n > 0)
		rc = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (rc == 0)
		rc = set_pmtu(fd, cfg->pmtu);
	if (rc == 0)
		rc = bind_to(fd, cfg->where->iface_ip, cfg->port);
	if (rc == 0 && cfg->n > 1)
		rc = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	raise_buffers(fd);
	s->fd[s->n++] = fd;
	return 0;
}

int
socks_open(struct socks *s, const struct rudder_env *env,
    const struct socks_config *cfg, struct offload *offload)
{
	char text[NET_TEXT];
	int rc = 0;

	s->n = 0;
	while (s->n < cfg->n && rc == 0)
		rc = add(s, cfg);
	for (unsigned i = 0; i < s->n; i++)
		offload_socket(s->fd[i], offload);
	if (rc == 0)
		return 0;
	env->log(env, RUDDER_ERROR,
	    "udp: cannot listen at UDP port %u of %s (%s): %s%s", cfg->port,
	    net_ip(text, cfg->where->iface_ip), cfg->where->iface,
	    strerror(-rc), remedy(-rc));
	socks_close(s);
	return rc;
}

void
socks_close(struct socks *s)
{
	while (s->n > 0)
		close(s->fd[--s->n]);
}
