/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - the command line and the environment, in the syntax of Go's flags
 * that the family has: -x=v, -x v, --x=v; a boolean is -x or -x=v.
 *
 * The command line goes before RUDDERD_X in the environment, and that before
 * FLANNELD_X. The options of the library are asked of the library.
 */
#ifndef DAEMON_ARGS_H
#define DAEMON_ARGS_H

#include <stdbool.h>

#include <rudder/rudder.h>

struct args {
	const char *subnet_file;
	const char *state_dir;	    /* "": none */
	const char *control_socket; /* "": none */
	unsigned long verbosity;
	const char *healthz_listen; /* NULL or "": nowhere */
	bool ip_masq;
	bool forward_accept;
	bool keep_ports;
	bool json; /* of status */
	bool help;
	bool version;
};

/*
 * Fills `args` with borrowed strings and sets the options of the library.
 * 0, or an error of rudder.h after one line on the standard error.
 */
int args_read(struct args *, struct rudder *, int argc, char **argv);

/* What -help prints, to the standard error as Go does. */
void args_usage(struct rudder *);

#endif
