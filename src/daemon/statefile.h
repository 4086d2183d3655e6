/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statefile.h - what a machine remembers of its place in an overlay when it
 * starts again, as text. Pure.
 *
 *	RUDDER_SUBNET=10.1.5.0/24
 *
 * Lines as those of the lease file: a name in capitals, "=", and a bare
 * value. Names that are not known are for other versions. Nothing else may
 * be in it: half a file is no reason to claim a subnet.
 */
#ifndef DAEMON_STATEFILE_H
#define DAEMON_STATEFILE_H

#include <stdio.h>

#include <rudder/rudder.h>

/* More bytes than one may have. */
#define STATEFILE_MAX 4096

#define STATEFILE_WHY 128

/* 0, or -EINVAL and a sentence that names the line. */
int statefile_parse(const char *text, size_t len, struct rudder_net *subnet,
    char why[STATEFILE_WHY]);

/* A text that the above understands. */
void statefile_print(FILE *, struct rudder_net subnet);

#endif
