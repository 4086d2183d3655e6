/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as the network config: a refusal has its sentence, and of what is
 * taken each subnet lies in the Network, between the bounds.
 */
#include "config.h"
#include "fuzz.h"
#include "net.h"
#include "subnet.h"

static void
check_bounds(const struct config *c)
{
	uint32_t mask = net_mask(c->subnet_len);

	must(c->network.len < 30);
	must((c->network.addr & ~net_mask(c->network.len)) == 0);
	must(c->subnet_len >= c->network.len && c->subnet_len <= 30);
	must(c->subnet_min <= c->subnet_max);
	must(net_has(c->network, c->subnet_min));
	must(net_has(c->network, c->subnet_max | ~mask));
	must((c->subnet_min & ~mask) == 0 && (c->subnet_max & ~mask) == 0);
	must(c->backend == NULL || json_is_object(c->backend));
}

/* The first ones that are free are the first ones that there are. */
static void
check_subnets(const struct config *c)
{
	struct rudder_net taken[1], found[SUBNET_DRAW];
	uint64_t count = config_subnets(c);
	size_t n = subnet_free(c, taken, 0, found, SUBNET_DRAW);

	must(count >= 1);
	must(n == (count < SUBNET_DRAW ? count : SUBNET_DRAW));
	for (size_t i = 0; i < n; i++) {
		must(found[i].len == c->subnet_len);
		must(found[i].addr == c->subnet_min + i * net_size(found[i]));
		must(net_within(found[i], c->network));
		must(found[i].addr <= c->subnet_max);
	}
	taken[0] = found[n - 1];
	must(subnet_free(c, taken, 1, found, SUBNET_DRAW) ==
	     (count - 1 < SUBNET_DRAW ? count - 1 : SUBNET_DRAW));
}

/* What was understood, in full, is understood again. */
static void
check_again(const struct config *c)
{
	char network[NET_TEXT], min[NET_TEXT], max[NET_TEXT], text[256];
	char why[ERROR_WHY];
	struct config again;

	snprintf(text, sizeof(text),
	    "{\"Network\":\"%s\",\"SubnetLen\":%u,\"SubnetMin\":\"%s\","
	    "\"SubnetMax\":\"%s\"}",
	    net_cidr(network, c->network), c->subnet_len,
	    net_ip(min, c->subnet_min), net_ip(max, c->subnet_max));
	must(config_parse(&again, text, why) == 0);
	must(net_equal(again.network, c->network));
	must(again.subnet_len == c->subnet_len);
	must(again.subnet_min == c->subnet_min);
	must(again.subnet_max == c->subnet_max);
	config_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_take(&data, &size);
	char why[ERROR_WHY] = "";
	struct config c;
	int rc = config_parse(&c, text, why);

	if (rc == 0) {
		check_bounds(&c);
		check_subnets(&c);
		check_again(&c);
	} else {
		must(rc == RUDDER_ECONFIG && fuzz_is_line(why));
	}
	config_fini(&c);
	free(text);
	return 0;
}
