/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

char *
text_escape(const char *s, const char *keep)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";
	char *out = malloc(strlen(s) * 3 + 1), *end = out;

	if (out == NULL)
		return NULL;
	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL || strchr(keep, *s) != NULL)
			*end++ = *s;
		else
			end += sprintf(end, "%%%02X", (unsigned char)*s);
	}
	*end = '\0';
	return out;
}

char *
text_join(const char *a, const char *b, const char *c)
{
	char *text;

	return asprintf(&text, "%s%s%s", a, b, c) < 0 ? NULL : text;
}
