/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdio.h>

#include "file.h"
#include "subnetfile.h"

#define CIDR_TEXT (INET_ADDRSTRLEN + 4)

static const char *
cidr(char text[CIDR_TEXT], uint32_t addr, uint8_t len)
{
	char ip[INET_ADDRSTRLEN];
	struct in_addr in = { .s_addr = htonl(addr) };

	inet_ntop(AF_INET, &in, ip, sizeof(ip));
	snprintf(text, CIDR_TEXT, "%s/%u", ip, len);
	return text;
}

static void
print(FILE *f, const void *arg)
{
	const struct rudder_lease *l = arg;
	char network[CIDR_TEXT], subnet[CIDR_TEXT];

	cidr(network, l->network.addr, l->network.len);
	cidr(subnet, l->subnet.addr + 1, l->subnet.len);
	fprintf(f, "RUDDER_SUBNET=%s\n", subnet);
	fprintf(f, "RUDDER_MTU=%u\n", l->mtu);
	fprintf(f, "FLANNEL_NETWORK=%s\n", network);
	fprintf(f, "FLANNEL_SUBNET=%s\n", subnet);
	fprintf(f, "FLANNEL_MTU=%u\n", l->mtu);
	fprintf(f, "FLANNEL_IPMASQ=false\n");
}

int
subnetfile_write(const char *path, const struct rudder_lease *l)
{
	return file_write(path, print, l);
}
