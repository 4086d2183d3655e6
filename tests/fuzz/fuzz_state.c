/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the file in which a machine remembers its subnet: what is
 * taken is a network, and is the same after it was written; what is refused
 * has a line to blame, and changes nothing.
 */
#include "fuzz.h"
#include "statefile.h"

static void
check_again(struct rudder_net subnet)
{
	char *text = NULL, why[STATEFILE_WHY];
	struct rudder_net again;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	must(f != NULL);
	statefile_print(f, subnet);
	must(fclose(f) == 0);
	must(size <= STATEFILE_MAX);
	must(statefile_parse(text, size, &again, why) == 0);
	must(again.addr == subnet.addr && again.len == subnet.len);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rudder_net subnet = { 1, 99 };
	char why[STATEFILE_WHY] = "", *copy = malloc(size);

	must(copy != NULL || size == 0);
	if (size > 0)
		memcpy(copy, data, size);
	if (statefile_parse(copy, size, &subnet, why) == 0) {
		must(subnet.len <= 32);
		must(subnet.len == 32 ||
		     (subnet.addr & UINT32_MAX >> subnet.len) == 0);
		check_again(subnet);
	} else {
		must(fuzz_is_line(why));
		must(strncmp(why, "line ", 5) == 0);
		must(subnet.addr == 1 && subnet.len == 99);
	}
	free(copy);
	return 0;
}
