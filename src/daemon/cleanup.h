/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup.h - "rudder cleanup": what a rudder that has ended leaves on its
 * machine on purpose, for its containers and its next start, goes.
 *
 *	rules		of nftables, of every overlay (ipmasq.h)
 *	the lease file	(subnetfile.h)
 *	the state file	(state.h)
 *	the socket	of one that was killed (control.h)
 *
 * The device and its route need nobody: they go with their process. The lease
 * in the registry stays until its time is over.
 */
#ifndef DAEMON_CLEANUP_H
#define DAEMON_CLEANUP_H

/*
 * The flags are those of the program; with -dry-run all is told and stays.
 * The exit status: 0, or those of rudder(8). While one runs it removes
 * nothing.
 */
int cleanup_main(int argc, char **argv);

#endif
