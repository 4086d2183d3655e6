/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nomem.h - memory that ends, for a program that is linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup: the nth allocation from when
 * nomem_in was set to n fails, on whatever thread, and none after it.
 * To be included by one file of the program.
 */
#ifndef TESTS_NOMEM_H
#define TESTS_NOMEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_ulong nomem_in; /* 0: it does not end */
static atomic_bool nomem_ended;

/* From here on; what becomes of nomem_ended tells whether it did. */
static inline void
nomem_begin(unsigned long n)
{
	nomem_ended = false;
	nomem_in = n;
}

static inline void
nomem_end(void)
{
	nomem_in = 0;
}

static inline bool
nomem_fails(void)
{
	unsigned long n = nomem_in;

	while (n > 0 && !atomic_compare_exchange_weak(&nomem_in, &n, n - 1))
		;
	if (n != 1)
		return false;
	nomem_ended = true;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);

void *
__wrap_malloc(size_t n)
{
	return nomem_fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return nomem_fails() ? NULL : __real_calloc(n, size);
}

char *
__wrap_strdup(const char *s)
{
	return nomem_fails() ? NULL : __real_strdup(s);
}

#endif
