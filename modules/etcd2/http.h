/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - HTTP requests on a libevent base, by libcurl. Knows nothing of
 * etcd.
 *
 * One thread, one event_base. Nothing here blocks, and no callback but
 * head() comes from inside of another call.
 */
#ifndef ETCD2_HTTP_H
#define ETCD2_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct http;
struct http_call;

/* How long, in ms, and how much is too much. */
struct http_limits {
	unsigned connect; /* name and connection, TLS too */
	unsigned request; /* all of it; of a long poll, until its head */
	unsigned idle;	  /* long poll: without a byte after that */
	size_t body;	  /* bytes of an answer's body */
};

/* Whom we trust, and who we are. Files are read for each connection. */
struct http_creds {
	char *cafile;		  /* NULL: whom the system trusts */
	char *certfile, *keyfile; /* both or none */
	char *user, *password;	  /* both or none */
};

/* How a call ended. */
enum http_end {
	HTTP_WHOLE,   /* an answer, complete */
	HTTP_CUT,     /* a head, then the connection broke within the body */
	HTTP_IDLE,    /* long poll: nothing came for so long, not even a head */
	HTTP_STOPPED, /* head() returned false */
	HTTP_FAILED,  /* no answer */
};

/* Borrowed until done() returns. */
struct http_answer {
	enum http_end end;
	const char *why;    /* unless HTTP_WHOLE: what, and the remedy */
	bool late;	    /* HTTP_FAILED because time ran out */
	int status;	    /* of the last head, redirects aside; 0: none */
	const char *header; /* the value of the one asked for; NULL: none */
	long
	    ahead; /* seconds by which its clock is ahead of ours; may be < 0 */
	const char *address; /* that was connected to; "": none */
	const char *body;    /* what came of it; NULL: nothing */
	size_t size;
	uint64_t received; /* bytes, heads too */
};

/* What to send. All of it is borrowed during http_start() only. */
struct http_request {
	const char *url;
	const char *method; /* NULL: GET; static text */
	const char *form;   /* NULL: none; form-urlencoded */
	const char *header; /* a header of the answer to keep; static text */
	bool poll;	    /* a long poll */

	/*
	 * May be NULL. When a head has come, long before its body perhaps.
	 * Runs inside of curl: start and cancel nothing; false ends the call.
	 */
	bool (*head)(void *arg, int status, const char *header);

	/* Once, from the event loop, unless cancelled. The call is over. */
	void (*done)(void *arg, const struct http_answer *);
	void *arg;
};

/* NULL: out of memory. What the creds point to is borrowed to the end. */
struct http *http_new(
    struct event_base *, const struct http_limits *, const struct http_creds *);

/* Cancels what is under way. Not inside of head() and done(). */
void http_free(struct http *);

/*
 * 0, and *call is valid until done() is called or it is cancelled; or
 * -ENOMEM, and done() is never called.
 */
int http_start(
    struct http *, const struct http_request *, struct http_call **call);

/* No done() comes. Legal inside of any other call's done(). */
void http_cancel(struct http_call *);

#endif
