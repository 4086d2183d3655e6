/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - what etcd says, as an answer to what was asked. Pure: bytes in,
 * struct rudder_answer out. Whatever the bytes are, there is an answer.
 */
#ifndef ETCD2_REPLY_H
#define ETCD2_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/module.h>

#define REPLY_TEXT 512

enum reply_to {
	REPLY_CONFIG,	   /* GET of the config */
	REPLY_CONFIG_WAIT, /* ... with wait=true */
	REPLY_LIST,	   /* GET of the directory of subnets */
	REPLY_CREATE,	   /* PUT with prevExist=false */
	REPLY_RENEW,	   /* PUT with prevIndex */
	REPLY_WATCH,	   /* GET of the directory with wait=true */
	REPLY_REFRESH,	   /* PUT with prevIndex and refresh=true */
	REPLY_RELEASE,	   /* DELETE with prevIndex */
	REPLY_PROBE,	   /* GET of the config: is there a majority? */
};

/* What was asked, of whom. Texts are borrowed, and no secret is in them. */
struct reply_question {
	enum reply_to to;
	const char *endpoint;
	const char *config;	  /* key: "/coreos.com/network/config" */
	const char *subnets;	  /* key: "/coreos.com/network/subnets" */
	struct rudder_net subnet; /* create, renew, refresh, release */
	const char *value;	  /* create, renew, refresh */
	unsigned ttl;		  /* create, renew, refresh */
	uint64_t version;	  /* renew, refresh, release */
	uint64_t index;		  /* waited for, and of a probe; else 0 */
};

/* What came over HTTP. */
struct reply_http {
	int status;
	const char *index; /* the header X-Etcd-Index; NULL: none */
	const char *body;
	size_t size;
	bool cut; /* the end of the body is missing */
};

/* Points into itself and to `root`: it stays where it was read. */
struct reply {
	struct rudder_answer answer;
	bool quiet;	  /* a poll that ended without an event */
	bool refused;	  /* refresh: it knows none; the value must be sent */
	uint64_t version; /* with that: of what is there to be renewed now */
	size_t foreign;	  /* keys among the subnets that are none, skipped */
	char foreign_key[REPLY_TEXT]; /* the first of them, fit for a log */

	/* private */
	char why[REPLY_TEXT];
	json_t *root;
	struct rudder_record one;
	struct rudder_record *records;
};

/*
 * The answer to a question. Borrows both until reply_fini(), which must
 * follow. Never fails: that too is an answer.
 *
 * The body of a poll may be empty, or be cut before the event is complete:
 * this is `quiet`, without an error for a watch, RUDDER_ENOTFOUND for a
 * config, and the index stays.
 */
void reply_read(
    struct reply *, const struct reply_question *, const struct reply_http *);

/* A poll that ended without an event; reply_fini() must follow. */
void reply_quiet(struct reply *, const struct reply_question *);

/* An answer that is nothing but an error; reply_fini() must follow. */
void reply_fail(struct reply *, const struct reply_question *, int err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

void reply_fini(struct reply *);

/*
 * Is a poll without hope? etcd waits in silence for an index that is far
 * ahead of its own, as it is after its data was wiped (F16). Its head, which
 * comes at once, tells. Only a 200 does: errors say index 0.
 */
bool reply_went_back(int status, const char *index, uint64_t waited);

#endif
