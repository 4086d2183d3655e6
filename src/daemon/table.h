/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - a status for people: what "rudder status" prints.
 *
 *	ready: 10.1.5.0/24 of 10.1.0.0/16
 *
 *	  lease      10.1.5.0/24 for 3 h 12 min, 20 h 47 min left
 *	  interface  eth0, 192.168.0.1, MTU 1500: the default route leaves by it
 *	  registry   etcd2, heard from 12 s ago
 *	  device     rudder0, MTU 1472, by udp
 *	  workers    1
 *	  offloads   tso uso udp-segment udp-gro; off: coalesce
 *
 *	  SUBNET         HOST         SENT           RECEIVED       HEARD
 *	  10.1.83.0/24   192.168.0.2  1234, 1.2 MB   1200, 88 kB    2 s ago
 *
 *	  rx_check             1
 *	  tx_no_route          3
 *
 * The last three columns, and what follows "device", are there where the
 * backend knows them.
 */
#ifndef DAEMON_TABLE_H
#define DAEMON_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/*
 * What is missing in the status is left out. Lines that are longer than so
 * many columns, at least 80, go on below; 0: they are as long as they are.
 */
void table_print(FILE *, json_t *status, size_t columns);

#endif
