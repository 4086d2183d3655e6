/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - a status as the text that Prometheus and its kin collect. Pure.
 *
 * There are two dialects, which differ in how a counter is announced and how
 * the text ends: Prometheus' own, version 0.0.4, and OpenMetrics 1.0. Which
 * one, the Accept of the request says.
 *
 *	# HELP rudder_ready Whether packets flow and the lease lasts.
 *	# TYPE rudder_ready gauge
 *	rudder_ready 1
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "process.h"

/* `open`: OpenMetrics. What is missing in the status is left out. */
void metrics_print(FILE *, json_t *status, const struct process *, bool open);

#endif
