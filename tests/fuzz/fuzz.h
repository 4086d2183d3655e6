/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what a fuzz target is made of: one function that takes any bytes
 * and returns 0, or aborts. libFuzzer calls it, and so does replay.c.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assert() that no NDEBUG takes away. */
#define must(what) ((what) ? (void)0 : must_failed(__FILE__, __LINE__, #what))

static inline void
must_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/*
 * Takes a text off the front of the input, up to the first zero or to the
 * end. To be freed; it is as long as it has to be, so that a sanitizer sees
 * who reads behind it.
 */
static inline char *
fuzz_take(const uint8_t **data, size_t *size)
{
	size_t len = *size == 0 ? 0 : strnlen((const char *)*data, *size);
	char *text = calloc(1, len + 1);

	must(text != NULL);
	if (len > 0)
		memcpy(text, *data, len);
	if (len < *size)
		len++;
	*data += len;
	*size -= len;
	return text;
}

/* And a byte; 0 at the end. */
static inline uint8_t
fuzz_byte(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	--*size;
	return *(*data)++;
}

/* May a terminal be given it, and does it stay on its line? */
static inline bool
fuzz_is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* Is there such a line? */
static inline bool
fuzz_is_line(const char *text)
{
	return text[0] != '\0' && fuzz_is_plain(text);
}

#endif
