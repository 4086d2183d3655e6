/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - a status for people: what "rudder status" prints.
 *
 *	ready: 10.1.5.0/24 of 10.1.0.0/16
 *
 *	  lease      10.1.5.0/24 for 3 h 12 min, 20 h 47 min left
 *	  interface  eth0, 192.168.0.1, MTU 1500: it has the default route
 *	  registry   etcd2, heard from 12 s ago
 *	  device     rudder0, MTU 1472, by udp
 *
 *	  SUBNET         HOST         SENT           RECEIVED       HEARD
 *	  10.1.83.0/24   192.168.0.2  1234, 1.2 MB   1200, 88.0 kB  2 s ago
 *
 * (the last three where the backend counts them)
 *
 *	  tx_no_route 3
 */
#ifndef DAEMON_TABLE_H
#define DAEMON_TABLE_H

#include <stdio.h>

#include <jansson.h>

/* What is missing in the status is left out. */
void table_print(FILE *, json_t *status);

#endif
