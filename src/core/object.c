/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "object.h"

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
object_type(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a fraction",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}
