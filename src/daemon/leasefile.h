/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leasefile.h - the lease file of a rudder that runs.
 *
 * At the start somebody waits for the file, and a start that cannot write it
 * has failed. Later the packets matter more: a directory that was removed, or
 * a full disk, is told once, shown in the status, and tried again until the
 * file says what is true.
 */
#ifndef DAEMON_LEASEFILE_H
#define DAEMON_LEASEFILE_H

#include <stdbool.h>
#include <time.h>

#include <rudder/rudder.h>

struct event;
struct event_base;

struct leasefile {
	/* Set by the owner before leasefile_open(). */
	const char *path;
	bool masquerades; /* see subnetfile.h */
	void (*say)(enum rudder_level, const char *line, void *arg);
	void *arg;

	struct event *again;
	struct rudder_lease lease; /* the last one */
	bool written;		   /* once, by us */
	int err;		   /* of the last try; 0: the file is right */
	unsigned tries;
	time_t since; /* the first one that failed, by a clock of its own */
};

/* 0, or -ENOMEM. */
int leasefile_open(struct leasefile *, struct event_base *);

/* 0, or -errno if there has been no file yet: nothing is tried again then. */
int leasefile_write(struct leasefile *, const struct rudder_lease *);

/*
 * Adds to a status, JSON text, what is tried again, if it is. Takes the text;
 * what it returns is to be freed, and NULL where there is no memory.
 */
char *leasefile_annotate(const struct leasefile *, char *status);

void leasefile_close(struct leasefile *);

#endif
