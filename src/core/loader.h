/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader.h - finding a module by its kind and name: first among those that
 * are linked in, then as NAME.so in the module directory.
 */
#ifndef CORE_LOADER_H
#define CORE_LOADER_H

#include <rudder/module.h>

#include "error.h"

enum loader_kind { LOADER_REGISTRY, LOADER_BACKEND };

struct loaded {
	const struct rudder_module *module;
	void *handle; /* of dlopen(); NULL: linked in */
};

/*
 * 0, or an error and a sentence. RUDDER_EOPTION: there is none of this name
 * and kind, and the sentence lists those there are; RUDDER_EMODULE: it is of
 * no use to us, and for another ABI the sentence has both numbers.
 */
int loader_load(struct loaded *, enum loader_kind, const char *name,
    const char *directory, char why[ERROR_WHY]);

/* All zeros, or loaded; all zeros afterwards. */
void loader_unload(struct loaded *);

#endif
