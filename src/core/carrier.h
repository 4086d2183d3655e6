/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carrier.h - the backend in use: the module that carries our packets.
 *
 *	open ---> attach ---> move ---> move ---> ... ---> close
 *
 * It is opened before a lease is asked for, because without it there is no use
 * for one; attached when there is a lease; and moved when the underlay is
 * another. What the module logs as its error is the reason that we give.
 */
#ifndef CORE_CARRIER_H
#define CORE_CARRIER_H

#include "env.h"

struct carrier {
	const struct rudder_module *module;
	struct env env;		     /* on_failed and arg are the owner's */
	void *state;		     /* of the module; NULL: it is not open */
	struct rudder_device device; /* what it built, once attached */
};

void carrier_init(struct carrier *, struct context *, const struct options *,
    const struct rudder_module *);

/* 0, or the module's error and a sentence. */
int carrier_open(struct carrier *, char why[ERROR_WHY]);
int carrier_attach(
    struct carrier *, const struct rudder_attach *, char why[ERROR_WHY]);

/* Only where carrier_can_move(). After an error it may be tried again. */
int carrier_move(
    struct carrier *, const struct rudder_attach *, char why[ERROR_WHY]);
bool carrier_can_move(const struct carrier *);

/* A failure of the module is nobody's business from now on. */
void carrier_stop(struct carrier *);

void carrier_close(struct carrier *);

#endif
