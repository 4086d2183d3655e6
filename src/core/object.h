/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - members of a JSON object, found as Go's decoder finds them:
 * upper and lower case are the same, the last of several wins, null is as
 * good as absent. Pure.
 */
#ifndef CORE_OBJECT_H
#define CORE_OBJECT_H

#include <jansson.h>

/*
 * json_loads(), and once more where that fails: jansson calls a want of
 * memory within a string a syntax error, and on what is no JSON a host ends
 * or writes over it.
 */
json_t *object_read(const char *text, size_t flags, json_error_t *);

/* Borrowed from `object`; NULL: absent, or not an object at all. */
json_t *object_get(json_t *object, const char *key);

/* Room for a value and what it is. */
#define OBJECT_TEXT 96

/* What a value is, in a sentence: `"24", a string`. Into text, returned. */
const char *object_text(char text[OBJECT_TEXT], const json_t *);

#endif
