/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.h - what merge.c wants to know of a packet: its flow, whether it may be
 * merged at all, whether it is what its checksums say. Pure.
 */
#ifndef UDP_LOOK_H
#define UDP_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "merge.h"
#include "wire.h"

struct look {
	const struct segment *seg;
	uint8_t *ip;
	uint8_t *l4;
	bool has_key; /* else the key has no ports */
	uint8_t key[MERGE_KEY];

	const struct merge_kind *kind; /* NULL: not to be merged; else: */
	size_t headers;
	size_t payload;
	uint8_t flags; /* of TCP */
};

/* What differs between TCP and UDP. */
struct merge_kind {
	unsigned can;
	uint8_t gso_type;
	uint8_t check; /* where it is */

	/* The length of this header; 0: not to be merged. */
	size_t (*headers)(struct look *);

	/* By this header, does it belong behind what there is already? */
	bool (*follows)(const struct merge_write *, const struct look *);

	/* Makes the first packet's header that of all. */
	void (*put)(const struct merge_write *, uint8_t *l4);
};

void look_at(struct look *, const struct segment *, unsigned can);

/* The checksums of both headers and of the payload; of a packet that may be
 * merged. */
bool look_is_right(const struct segment *, const struct sum_way *);

/* Does nothing come behind it, as a cut gives these flags to the last? */
static inline bool
look_ends(const struct look *l)
{
	return (l->flags & (TCP_PSH | TCP_FIN)) != 0;
}

#endif
