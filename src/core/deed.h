/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deed.h - our lease as it stands in the registry, and the writes to it.
 *
 * Each has a condition: a subnet is created where there is nothing, renewed
 * and released as it was last seen. What cannot be done now, because the
 * registry is away or there is no memory, ends in `again`, after a while:
 * it may have been done all the same, so that looks first.
 */
#ifndef CORE_DEED_H
#define CORE_DEED_H

#include "attrs.h"
#include "query.h"

typedef void deed_answer(void *arg, const struct rudder_answer *);

struct deed {
	struct context *ctx;
	struct query query;
	void (*again)(void *arg);

	/* As the registry had it last. */
	struct rudder_net subnet;
	uint64_t version;
	uint64_t created;
	uint32_t registered; /* the PublicIP */

	char *value;   /* what we write */
	bool same;     /* the registry has just these bytes, at `version` */
	uint64_t sent; /* when the request that is on its way was */
};

/* `arg` is for `again` and for each answer. */
void deed_init(struct deed *, struct context *, const struct registry *,
    void (*again)(void *), void *arg);
void deed_stop(struct deed *);
void deed_fini(struct deed *);

/* So it is there by now. */
void deed_note(struct deed *, const struct rudder_record *);

/* What is there is to say this. < 0: no memory, and `again` follows. */
int deed_amend(struct deed *, const struct attrs *, const char *there);

/*
 * Is it still ours, at the subnet that we have had? `held`: our time is not
 * over.
 */
bool deed_is_ours(const struct deed *, const struct attrs *ours, bool held,
    const struct rudder_record *);

void deed_list(struct deed *, deed_answer *);
void deed_create(
    struct deed *, const struct attrs *, unsigned ttl, deed_answer *);
void deed_renew(struct deed *, unsigned ttl, deed_answer *);

/* Any lease of ours. False: this registry cannot, and no answer follows. */
bool deed_release(
    struct deed *, struct rudder_net, uint64_t version, deed_answer *);

#endif
