/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as the value of an option of each type, and then any JSON as the
 * Backend of the network config.
 *
 * Input: a byte that picks the option, a text and its zero, the JSON.
 */
#include "fuzz.h"
#include "object.h"
#include "options.h"

#define MIN 1
#define MAX 65535

static const struct rudder_option table[] = {
	{ .name = "text", .key = "Text" },
	{ .name = "flag", .type = RUDDER_BOOL, .key = "Flag", .def = "true" },
	{ .name = "port",
	    .type = RUDDER_NUMBER,
	    .key = "Port",
	    .min = MIN,
	    .max = MAX },
	{ 0 },
};

static void
check_value(const struct rudder_option *o, const char *value)
{
	unsigned long long n;
	char *end;

	switch (o->type) {
	case RUDDER_TEXT:
		return;
	case RUDDER_BOOL:
		must(strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
		return;
	case RUDDER_NUMBER:
		n = strtoull(value, &end, 10);
		must(end != value && *end == '\0' && n >= MIN && n <= MAX);
		return;
	}
}

static void
check_values(const struct options *o)
{
	for (const struct rudder_option *row = table; row->name != NULL; row++)
		if (options_get(o, row) != NULL)
			check_value(row, options_get(o, row));
}

/* The config may say the same as the command line, in JSON's words. */
static void
check_agreement(struct options *o, const struct rudder_option *row)
{
	const char *value = options_get(o, row);
	char why[ERROR_WHY] = "";
	json_t *backend;

	if (row->type == RUDDER_BOOL)
		backend =
		    json_pack("{s:b}", row->key, strcmp(value, "true") == 0);
	else if (row->type == RUDDER_NUMBER)
		backend = json_pack(
		    "{s:I}", row->key, (json_int_t)strtoull(value, NULL, 10));
	else
		backend = json_pack("{s:s}", row->key, value);
	if (backend != NULL)
		must(options_take(o, table, backend, why) == 0);
	json_decref(backend);
}

static void
set(struct options *o, const struct rudder_option *row, const char *value)
{
	char why[ERROR_WHY] = "";
	int rc = options_set(o, row, value, why);

	if (rc < 0) {
		must(rc == RUDDER_EOPTION && fuzz_is_line(why));
		must(strstr(why, row->name) != NULL);
		must(options_get(o, row) == row->def);
		return;
	}
	must(options_get(o, row) != NULL);
	if (row->type == RUDDER_TEXT)
		must(strcmp(options_get(o, row), value) == 0);
	check_agreement(o, row);
}

/* What was set stays, whatever the config says. */
static void
take(struct options *o, const struct rudder_option *row, const char *json)
{
	json_t *backend = object_read(json, 0, NULL);
	const char *before = options_get(o, row);
	char why[ERROR_WHY] = "";
	int rc;

	if (json_is_object(backend)) {
		rc = options_take(o, table, backend, why);
		must(rc == 0 || fuzz_is_line(why));
		must(rc == 0 || rc == RUDDER_ECONFIG || rc == RUDDER_EMISMATCH);
		if (before != row->def)
			must(options_get(o, row) == before);
	}
	json_decref(backend);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rudder_option *row = &table[fuzz_byte(&data, &size) % 3];
	char *value = fuzz_take(&data, &size);
	char *json = fuzz_take(&data, &size);
	struct options o;

	options_init(&o);
	options_add(&o, table);
	set(&o, row, value);
	check_values(&o);
	take(&o, row, json);
	check_values(&o);
	options_fini(&o);
	free(json);
	free(value);
	return 0;
}
