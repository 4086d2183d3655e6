/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attrs.h - the value of a lease: who has it. Pure.
 *
 *	{"PublicIP":"192.168.0.7"}
 *	{"PublicIP":"192.168.0.7","NodeID":"lXb0zqd4kRrG1a/."}
 *	{"PublicIP":"192.168.0.7","BackendType":"other"}
 *	{"PublicIP":"192.168.0.7","NodeID":"...","AskedBy":"192.168.0.9"}
 *
 * The family's udp backend writes the first form and nothing else. Which
 * machine it is that has the address is ours to say, and the family passes
 * over it, as we do over keys that we do not know: they are somebody else's
 * business, and stay where we write.
 *
 * AskedBy is a question to the owner: another address with its node id wants
 * the lease. Who lives writes the value without it, and that is the answer.
 */
#ifndef CORE_ATTRS_H
#define CORE_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTRS_BACKEND 32
#define ATTRS_NODE_ID_MAX 64 /* characters, of ours */
#define ATTRS_NODE_ID 80     /* so that a longer one is never like ours */
#define ATTRS_TEXT 256

struct attrs {
	uint32_t public_ip;	     /* host byte order */
	uint32_t asked_by;	     /* likewise; 0: nobody asks */
	char backend[ATTRS_BACKEND]; /* "udp" where none is named */
	char node_id[ATTRS_NODE_ID]; /* "" where none is named */
};

/* Is it one that we may have: letters, digits, and some of "./_:-"? */
bool attrs_is_node_id(const char *);

/* -EINVAL: no JSON object with a PublicIP. */
int attrs_parse(struct attrs *, const char *value);

/* Into `value`, which it returns. */
const char *attrs_format(char value[ATTRS_TEXT], const struct attrs *);

/* Would `value` say what these say? A node id of ours that is none: always. */
bool attrs_match(const struct attrs *, const char *value);

/*
 * What to write over `value`: its very bytes where they match; otherwise what
 * the attributes say and, where `value` was of the same backend, the keys
 * that we do not know. To be freed; NULL: no memory.
 */
char *attrs_complete(const struct attrs *, const char *value);

#endif
