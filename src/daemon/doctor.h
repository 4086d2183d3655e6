/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - "rudder doctor": everything that a person would ask an expert,
 * one line each: ok, or what is wrong and what to do.
 *
 *	ok     device     /dev/net/tun opens
 *	WRONG  forwarding packets are not forwarded: sysctl -w ...
 *	look   clock      ...
 *
 * What is the business of the library is found out by a rehearsal of its job
 * (-dry-run); the rest, which is the machine's and the other hosts', here.
 * Nothing is changed.
 */
#ifndef DAEMON_DOCTOR_H
#define DAEMON_DOCTOR_H

/*
 * The flags are those of the program. The exit status: 0 when nothing is
 * wrong, 1 when something is, and those of rudder(8).
 */
int doctor_main(int argc, char **argv);

#endif
