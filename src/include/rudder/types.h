/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rudder/types.h - the few words that an embedder and a module share.
 *
 * Results everywhere are 0 for success or negative: -errno for what the
 * system said, one of enum rudder_error for what rudder says.
 */
#ifndef RUDDER_TYPES_H
#define RUDDER_TYPES_H

#include <stdint.h>

/* Errors of rudder's own, below every -errno. rudder_strerror() names both. */
enum rudder_error {
	RUDDER_EOPTION = -1001,	  /* no such option, or a bad value of one */
	RUDDER_ESTATE = -1002,	  /* the call does not fit the moment */
	RUDDER_EMODULE = -1003,	  /* a module is of no use, as of another ABI */
	RUDDER_ECONFIG = -1004,	  /* the network config is not usable */
	RUDDER_EMISMATCH = -1005, /* an option and the config disagree */
	RUDDER_ECONFLICT = -1006, /* somebody else owns our subnet */

	/* What a registry answers; see struct rudder_answer in module.h. */
	RUDDER_ENOTFOUND = -1011, /* no such key */
	RUDDER_EEXISTS = -1012,	  /* create: the subnet is taken */
	RUDDER_ECHANGED = -1013,  /* renew: the lease is not what it was */
	RUDDER_ELOST = -1014,	  /* the history is gone: list again */
	RUDDER_EREGISTRY = -1015, /* the registry cannot be used just now */
};

/* How loud a line of the log is. */
enum rudder_level {
	RUDDER_ERROR,	/* the job cannot go on */
	RUDDER_WARNING, /* the job goes on, somebody should look */
	RUDDER_INFO,	/* a milestone: one line for each event of a life */
	RUDDER_DEBUG,	/* each request, each route */
};

/* An IPv4 network, or an address within one: addr is in host byte order. */
struct rudder_net {
	uint32_t addr;
	uint8_t len; /* of the prefix, 0..32 */
};

/* What the value of an option is; it is checked before a module sees it. */
enum rudder_type {
	RUDDER_TEXT,
	RUDDER_BOOL,   /* "true" or "false"; on, off, t, f, 1, 0 too */
	RUDDER_NUMBER, /* decimal, min to max */
};

/*
 * An option of the core or of a module. With a `key`, a backend's option
 * can also be set for the whole overlay, by that key of the Backend object
 * in the network config; an explicit option and the config must then agree.
 */
struct rudder_option {
	const char *name; /* "port"; NULL ends a table */
	enum rudder_type type;
	const char *def;   /* NULL: none */
	const char *value; /* a word for the value, as in "path" */
	const char *help;  /* a line for -help */
	const char *key;   /* "Port", or NULL */
	uint64_t min, max; /* of a RUDDER_NUMBER */
};

#endif
