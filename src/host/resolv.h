/* SPDX-License-Identifier: Apache-2.0 */
/* resolv.h - whom this machine asks for names; resolv.conf(5). */
#ifndef HOST_RESOLV_H
#define HOST_RESOLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line: true if it names a resolver by an IPv4 address. Pure. */
bool resolv_line(const char *line, uint32_t *ip);

/*
 * The IPv4 resolvers of a file, to be freed. A file that cannot be read has
 * none. 0 or -ENOMEM.
 */
int resolv_read(const char *path, uint32_t **resolvers, size_t *n);

#endif
