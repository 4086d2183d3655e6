/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - what stands in a node of etcd's tree, as JSON has it. Pure; any
 * JSON at all may be given, NULL too. Texts belong to the JSON.
 */
#ifndef ETCD2_NODE_H
#define ETCD2_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <rudder/module.h>

/* Where a key is, as seen from another. */
enum place { ELSEWHERE, ABOVE, SELF, BELOW };

enum place node_place(const char *key, const char *from);

/* A member that is a string; NULL: it is none, or one with a zero in it. */
const char *node_text(const json_t *object, const char *name);

/* A member that is an index; 0: it is none. */
uint64_t node_index(const json_t *object, const char *name);

/* NULL: a directory, or nothing that is text. */
const char *node_value(const json_t *node);

/* Seconds left, at least 1; 0: it has no end. */
int64_t node_ttl(const json_t *node);

/* The newest modifiedIndex of a node and its children. */
uint64_t node_newest(const json_t *node);

/* Is its key that of a subnet, right below the directory `subnets`? */
bool node_subnet(
    const json_t *node, const char *subnets, struct rudder_net *subnet);

/* Is it a lease? */
bool node_record(
    const json_t *node, const char *subnets, struct rudder_record *record);

#endif
