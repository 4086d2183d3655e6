/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - members of a JSON object, found as Go's decoder finds them:
 * upper and lower case are the same, the last of several wins, null is as
 * good as absent. Pure.
 */
#ifndef CORE_OBJECT_H
#define CORE_OBJECT_H

#include <jansson.h>

/* Borrowed from `object`; NULL: absent, or not an object at all. */
json_t *object_get(json_t *object, const char *key);

/* "a string", "a number" ...: what a value is, in a sentence. */
const char *object_type(const json_t *);

#endif
