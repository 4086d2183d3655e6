/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "options.h"

struct setting {
	struct setting *next;
	const struct rudder_option *option;
	char value[];
};

void
options_init(struct options *o)
{
	*o = (struct options){ 0 };
}

void
options_fini(struct options *o)
{
	struct setting *s;

	while ((s = o->settings) != NULL) {
		o->settings = s->next;
		free(s);
	}
}

void
options_add(struct options *o, const struct rudder_option *table)
{
	if (table != NULL)
		o->tables[o->n_tables++] = table;
}

const struct rudder_option *
options_next(const struct options *o, const struct rudder_option *prev)
{
	bool passed = prev == NULL;

	for (unsigned t = 0; t < o->n_tables; t++) {
		const struct rudder_option *row = o->tables[t];

		for (; row->name != NULL; row++) {
			if (passed)
				return row;
			passed = row == prev;
		}
	}
	return NULL;
}

const struct rudder_option *
options_find(const struct options *o, const char *name)
{
	const struct rudder_option *row = NULL;

	while ((row = options_next(o, row)) != NULL) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

static struct setting *
find_setting(const struct options *o, const struct rudder_option *option)
{
	struct setting *s = o->settings;

	while (s != NULL && s->option != option)
		s = s->next;
	return s;
}

/* The later of two is found first. */
static int
add_setting(struct options *o, const struct rudder_option *option,
    const char *value, char why[ERROR_WHY])
{
	struct setting *s = malloc(sizeof(*s) + strlen(value) + 1);

	if (s == NULL)
		return error_because(-ENOMEM, why, "no memory");
	s->option = option;
	strcpy(s->value, value);
	s->next = o->settings;
	o->settings = s;
	return 0;
}

/* As Go's ParseBool, and the words of switches; NULL: neither. */
static const char *
read_bool(const char *value)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE",
		"True", "on" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE",
		"False", "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(value, yes[i]) == 0)
			return "true";
		if (strcmp(value, no[i]) == 0)
			return "false";
	}
	return NULL;
}

static bool
is_number(const char *value, uint64_t min, uint64_t max)
{
	unsigned long long n;
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	n = strtoull(value, &end, 10);
	return errno == 0 && *end == '\0' && n >= min && n <= max;
}

static const char *
skip_zeros(const char *value)
{
	while (value[0] == '0' && isdigit((unsigned char)value[1]))
		value++;
	return value;
}

/* *value becomes the one spelling that modules see. */
static int
check_value(const struct rudder_option *option, const char *name,
    const char **value, char why[ERROR_WHY])
{
	const char *given = *value;

	switch (option->type) {
	case RUDDER_TEXT:
		return 0;
	case RUDDER_BOOL:
		*value = read_bool(given);
		if (*value != NULL)
			return 0;
		return error_because(RUDDER_EOPTION, why,
		    "%s: \"%.128s\" is neither true nor false", name, given);
	case RUDDER_NUMBER:
		*value = skip_zeros(given);
		if (is_number(given, option->min, option->max))
			return 0;
		return error_because(RUDDER_EOPTION, why,
		    "%s: \"%.128s\" is not a number from "
		    "%" PRIu64 " to %" PRIu64,
		    name, given, option->min, option->max);
	}
	return RUDDER_EOPTION;
}

int
options_set(struct options *o, const struct rudder_option *option,
    const char *value, char why[ERROR_WHY])
{
	int rc = check_value(option, option->name, &value, why);

	return rc < 0 ? rc : add_setting(o, option, value, why);
}

/* JSON's own types must fit: a string is no number (compat with Go). */
static const char *
json_text(
    const struct rudder_option *option, const json_t *value, char number[24])
{
	switch (option->type) {
	case RUDDER_TEXT:
		return json_string_value(value);
	case RUDDER_BOOL:
		if (!json_is_boolean(value))
			return NULL;
		return json_is_true(value) ? "true" : "false";
	case RUDDER_NUMBER:
		if (!json_is_integer(value))
			return NULL;
		snprintf(number, 24, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return number;
	}
	return NULL;
}

static int
take_one(struct options *o, const struct rudder_option *option,
    const json_t *value, char why[ERROR_WHY])
{
	static const char *const wanted[] = {
		[RUDDER_TEXT] = "a string",
		[RUDDER_BOOL] = "true or false",
		[RUDDER_NUMBER] = "a whole number",
	};
	struct setting *s = find_setting(o, option);
	char number[24], name[64], given[OBJECT_TEXT];
	const char *text = json_text(option, value, number);

	snprintf(name, sizeof(name), "Backend.%s", option->key);
	if (text == NULL) {
		return error_because(RUDDER_ECONFIG, why,
		    "%s is %s: it must be %s", name, object_text(given, value),
		    wanted[option->type]);
	}
	if (check_value(option, name, &text, why) < 0)
		return RUDDER_ECONFIG;
	if (s == NULL)
		return add_setting(o, option, text, why);
	if (strcmp(s->value, text) == 0)
		return 0;
	return error_because(RUDDER_EMISMATCH, why,
	    "%s is %s in the network config, but this "
	    "host was given -%s=%s: make them agree, or leave the option out",
	    name, text, option->name, s->value);
}

int
options_take(struct options *o, const struct rudder_option *table,
    json_t *backend, char why[ERROR_WHY])
{
	const struct rudder_option *row = table;
	json_t *value;
	int rc = 0;

	for (; rc == 0 && row != NULL && row->name != NULL; row++) {
		if (row->key == NULL)
			continue;
		value = object_get(backend, row->key);
		if (value != NULL)
			rc = take_one(o, row, value, why);
	}
	return rc;
}

const char *
options_get(const struct options *o, const struct rudder_option *option)
{
	const struct setting *s = find_setting(o, option);

	return s != NULL ? s->value : option->def;
}
