/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cidr.h"
#include "file.h"
#include "subnetfile.h"

struct lines {
	const struct rudder_lease *lease;
	bool masquerades;
};

static void
print(FILE *f, const void *arg)
{
	const struct lines *lines = arg;
	const struct rudder_lease *l = lines->lease;
	char network[CIDR_TEXT], subnet[CIDR_TEXT];

	cidr_print(network, l->network.addr, l->network.len);
	cidr_print(subnet, l->subnet.addr + 1, l->subnet.len);
	fprintf(f, "RUDDER_SUBNET=%s\n", subnet);
	fprintf(f, "RUDDER_MTU=%u\n", l->mtu);
	fprintf(f, "FLANNEL_NETWORK=%s\n", network);
	fprintf(f, "FLANNEL_SUBNET=%s\n", subnet);
	fprintf(f, "FLANNEL_MTU=%u\n", l->mtu);
	fprintf(
	    f, "FLANNEL_IPMASQ=%s\n", lines->masquerades ? "true" : "false");
}

int
subnetfile_write(
    const char *path, const struct rudder_lease *l, bool masquerades)
{
	const struct lines lines = { l, masquerades };

	return file_write(path, print, &lines);
}
