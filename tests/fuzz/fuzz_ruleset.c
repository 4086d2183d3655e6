/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as what nftables lists: what is asked for in turn is a few whole
 * commands about things of ours, whatever names others gave to theirs.
 */
#include "fuzz.h"
#include "ruleset.h"

static const struct rudder_net network = { 0x0a010000, 16 };

/* A line says what to do, and with what: nothing in it ends a command. */
static void
check_text(const char *text)
{
	size_t len = strlen(text);

	must(len < RULESET_TEXT - 1);
	must(len == 0 || text[len - 1] == '\n');
	must(strpbrk(text, ";{}\"#") == NULL);
	for (; *text != '\0'; text = strchr(text, '\n') + 1)
		must(strncmp(text, "delete ", 7) == 0 ||
		     strncmp(text, "flush chain ip filter rudder-", 29) == 0 ||
		     strncmp(text, "add ", 4) == 0 ||
		     strncmp(text, "insert rule ip filter ", 22) == 0);
}

static void
check_chains(struct ruleset_chain chains[2], const char *json)
{
	char text[RULESET_TEXT];

	for (int i = 0; i < 2; i++)
		must(chains[i].n <= RULESET_MANY);
	ruleset_forward(text, chains, "rudder-rudder0", &network);
	check_text(text);
	ruleset_no_jumps(text, chains);
	must(ruleset_add_chains(text, json, "") <= RULESET_MANY);
	must(ruleset_add_tables(text, json) <= RULESET_MANY);
	check_text(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset_chain chains[2] = { { .name = "DOCKER-USER" },
		{ .name = "FORWARD" } };
	char *json = fuzz_take(&data, &size);

	ruleset_read(&chains[0], json, "rudder-rudder0");
	ruleset_read(&chains[1], json, "");
	check_chains(chains, json);
	free(json);
	return 0;
}
