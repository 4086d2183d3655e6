/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as the value of a lease: whom it names is the same after it was
 * written by us; and what we write over it says who we are, once and for all.
 */
#include <ctype.h>
#include <strings.h>

#include "attrs.h"
#include "fuzz.h"

/* Those of modules are; others are only compared. */
static bool
is_word(const char *backend)
{
	must(backend[0] != '\0');
	for (; *backend != '\0'; backend++)
		if (!isalnum((unsigned char)*backend))
			return false;
	return true;
}

static void
check_again(const struct attrs *a)
{
	char again[ATTRS_TEXT];
	struct attrs b;

	if (!is_word(a->backend))
		return;
	if (a->node_id[0] != '\0' && !attrs_is_node_id(a->node_id))
		return;
	attrs_format(again, a);
	must(attrs_match(a, again));
	must(attrs_parse(&b, again) == 0);
	must(b.public_ip == a->public_ip);
	must(b.asked_by == a->asked_by);
	must(strcasecmp(b.backend, a->backend) == 0);
	must(strcmp(b.node_id, a->node_id) == 0);
}

/* What matches stays as it is, byte for byte; so once more changes nothing. */
static void
check_complete(const struct attrs *a, const char *there)
{
	char *text = attrs_complete(a, there), *twice;

	must(text != NULL);
	must(attrs_match(a, text));
	if (attrs_match(a, there))
		must(strcmp(text, there) == 0);
	twice = attrs_complete(a, text);
	must(twice != NULL && strcmp(twice, text) == 0);
	free(twice);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct attrs plain = { 0xc0a80007, 0, "udp", "" };
	static const struct attrs ours = { 0xc0a80007, 0, "udp", "5f3a9c0d" };
	static const struct attrs other = { 0xc0a80008, 7, "vxlan", "x" };
	char *text = fuzz_take(&data, &size);
	struct attrs a;

	if (attrs_parse(&a, text) == 0)
		check_again(&a);
	check_complete(&plain, text);
	check_complete(&ours, text);
	check_complete(&other, text);
	free(text);
	return 0;
}
