/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - how we are, over HTTP, for what watches over machines:
 *
 *	/healthz	200 as long as the event loop turns
 *	/readyz		200 "ready", or 503 and the sentence why not
 *	/metrics	metrics.h
 *	/status		the status, JSON as librudder(3) describes it
 *
 * All are read only, for GET and HEAD. Who may ask is a matter of the address
 * that it listens at.
 */
#ifndef DAEMON_HEALTH_H
#define DAEMON_HEALTH_H

#include "control.h"

struct health;

/*
 * `where` is "127.0.0.1:8080", "[::1]:8080" or ":8080" for all addresses.
 * 0, -EINVAL for another text, or the -errno of listening.
 */
int health_open(struct health **, struct event_base *, const char *where,
    control_tell *, void *arg);
void health_close(struct health *); /* or NULL */

#endif
