/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subnetfile.h - the lease as a file, for shells, Docker and CNI.
 *
 *	RUDDER_SUBNET=10.1.5.1/24
 *	RUDDER_MTU=1472
 *	FLANNEL_NETWORK=10.1.0.0/16
 *	FLANNEL_SUBNET=10.1.5.1/24
 *	FLANNEL_MTU=1472
 *	FLANNEL_IPMASQ=false
 *
 * The values are bare, because readers of the family do not unquote. The
 * file appears whole or not at all, also when the power fails. What is no
 * file, as /dev/null, is written to as it is.
 */
#ifndef DAEMON_SUBNETFILE_H
#define DAEMON_SUBNETFILE_H

#include <stdbool.h>

#include <rudder/rudder.h>

/*
 * `masquerades`: we hide containers behind this host where need be, so that
 * whoever reads FLANNEL_IPMASQ does not. Makes the directories too. 0, or
 * -errno.
 */
int subnetfile_write(
    const char *path, const struct rudder_lease *, bool masquerades);

#endif
