/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - how an engine is at this moment, as one JSON object: what
 * rudder_status() hands out, and librudder(3) describes. It looks, and
 * changes nothing.
 */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <jansson.h>

#include "engine.h"

/* NULL: no memory. */
json_t *status_of(const struct engine *);

#endif
