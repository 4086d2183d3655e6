/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what a fuzz target is made of: one function that takes any bytes
 * and returns 0, or aborts. libFuzzer calls it, and so does replay.c.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assert() that no NDEBUG takes away. */
#define must(what) ((what) ? (void)0 : must_failed(__FILE__, __LINE__, #what))

static inline void
must_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

#endif
