/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "device.h"

int
mtu_of(const char *name)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCGIFMTU, &ifr), 0);
	close(fd);
	return ifr.ifr_mtu;
}

/* How many IPv4 addresses a device has; the last one's text and mask. */
int
addresses_of(const char *name, char ip[INET_ADDRSTRLEN], uint32_t *mask)
{
	struct ifaddrs *all, *i;
	int n = 0;

	assert_int_equal(getifaddrs(&all), 0);
	for (i = all; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || strcmp(i->ifa_name, name) != 0 ||
		    i->ifa_addr->sa_family != AF_INET)
			continue;
		n++;
		struct sockaddr_in sin;

		memcpy(&sin, i->ifa_addr, sizeof(sin));
		inet_ntop(AF_INET, &sin.sin_addr, ip, INET_ADDRSTRLEN);
		memcpy(&sin, i->ifa_netmask, sizeof(sin));
		*mask = ntohl(sin.sin_addr.s_addr);
	}
	freeifaddrs(all);
	return n;
}

/* The device of the route to a network, from /proc/net/route; or "". */
void
route_to(struct rudder_net n, char name[IFNAMSIZ])
{
	FILE *f = fopen("/proc/thread-self/net/route", "re");
	unsigned dst, mask;
	char line[256], dev[IFNAMSIZ];

	assert_non_null(f);
	name[0] = '\0';
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%15s %x %*x %*x %*d %*d %*d %x", dev, &dst,
			&mask) == 3 &&
		    ntohl(dst) == n.addr &&
		    ntohl(mask) == (n.len ? UINT32_MAX << (32 - n.len) : 0))
			snprintf(name, IFNAMSIZ, "%s", dev);
	fclose(f);
}

void
ip(const char *arguments)
{
	char command[256];

	snprintf(command, sizeof(command), "ip %s", arguments);
	if (system(command) != 0)
		fail_msg("%s", command);
}
