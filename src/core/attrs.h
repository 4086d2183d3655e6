/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attrs.h - the value of a lease: who has it. Pure.
 *
 *	{"PublicIP":"192.168.0.7"}
 *	{"PublicIP":"192.168.0.7","BackendType":"other"}
 *
 * The family's udp backend writes the first form and nothing else; keys that
 * we do not know are somebody else's business.
 */
#ifndef CORE_ATTRS_H
#define CORE_ATTRS_H

#include <stddef.h>
#include <stdint.h>

#define ATTRS_BACKEND 32
#define ATTRS_TEXT 128

struct attrs {
	uint32_t public_ip;	     /* host byte order */
	char backend[ATTRS_BACKEND]; /* "udp" where none is named */
};

/* -EINVAL: no JSON object with a PublicIP. */
int attrs_parse(struct attrs *, const char *value);

/* Into `value`, which it returns. */
const char *attrs_format(char value[ATTRS_TEXT], const struct attrs *);

#endif
