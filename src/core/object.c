/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "object.h"

json_t *
object_read(const char *text, size_t flags, json_error_t *error)
{
	json_t *root = json_loads(text, flags, error);

	return root != NULL ? root : json_loads(text, flags, error);
}

json_t *
object_get(json_t *object, const char *key)
{
	json_t *found = NULL, *value;
	const char *name;

	json_object_foreach(object, name, value)
	{
		if (strcasecmp(name, key) == 0 && !json_is_null(value))
			found = value;
	}
	return found;
}

const char *
object_text(char text[OBJECT_TEXT], const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a fraction",
		[JSON_TRUE] = "a boolean",
		[JSON_FALSE] = "a boolean",
		[JSON_NULL] = "nothing",
	};
	const char *name = names[json_typeof(value)];
	char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	snprintf(
	    text, OBJECT_TEXT, "%.64s, %s", json != NULL ? json : "?", name);
	free(json);
	return text;
}
