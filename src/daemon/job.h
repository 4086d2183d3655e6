/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - what rudder is there for: a place in the overlay, kept until a
 * signal ends it.
 *
 *	options -> doors -> what was before -> rudder_start
 *	ready   -> rules -> the lease file -> the state file -> READY=1
 *	lost    -> STATUS=
 *	failed  -> the end
 */
#ifndef DAEMON_JOB_H
#define DAEMON_JOB_H

/* The exit status, as rudder(8) lists them. */
int job_main(int argc, char **argv);

#endif
