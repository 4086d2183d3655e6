/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as an address, a network and the key of a lease: what is taken is
 * what is written back, but for the host bits of a network, which go.
 */
#include "fuzz.h"
#include "net.h"

static void
check_ip(const char *text)
{
	char again[NET_TEXT];
	uint32_t addr;

	if (net_parse_ip(text, &addr) == 0)
		must(strcmp(net_ip(again, addr), text) == 0);
}

static void
check_net(struct rudder_net net)
{
	must(net.len <= 32);
	must((net.addr & ~net_mask(net.len)) == 0);
	must(net_within(net, net) && net_overlap(net, net));
	must(net.addr + net_size(net) <= UINT64_C(1) << 32);
}

static void
check_cidr(const char *text)
{
	struct rudder_net net, twice;
	char again[NET_TEXT];

	if (net_parse_cidr(text, &net) < 0)
		return;
	check_net(net);
	must(net_parse_cidr(net_cidr(again, net), &twice) == 0);
	must(net_equal(net, twice));
}

static void
check_key(const char *text)
{
	char again[NET_TEXT];
	struct rudder_net net;

	if (net_parse_key(text, &net) < 0)
		return;
	check_net(net);
	must(strcmp(net_key(again, net), text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_take(&data, &size);

	check_ip(text);
	check_cidr(text);
	check_key(text);
	free(text);
	return 0;
}
