/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as the value of a lease: whom it names is the same after it was
 * written by us.
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_take(&data, &size), again[ATTRS_TEXT];
	struct attrs a, b;

	if (attrs_parse(&a, text) == 0 && is_word(a.backend)) {
		attrs_format(again, &a);
		must(attrs_parse(&b, again) == 0);
		must(b.public_ip == a.public_ip);
		must(strcasecmp(b.backend, a.backend) == 0);
	}
	free(text);
	return 0;
}
