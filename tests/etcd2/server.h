/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - a scripted HTTP server on loopback, in the test's own loop.
 *
 * The n-th request, over all connections, gets the n-th answer of the script.
 * Answers are raw bytes, so that they can be wrong in any way.
 */
#ifndef TESTS_ETCD2_SERVER_H
#define TESTS_ETCD2_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct server;

struct server *server_new(struct event_base *);
void server_free(struct server *);

/* "http://127.0.0.1:12345" */
const char *server_url(const struct server *);

enum then {
	THEN_KEEP,  /* the connection stays */
	THEN_CLOSE, /* it ends when the bytes are out */
};

/* The next answer: these bytes. */
void server_raw(struct server *, enum then, const char *bytes);

/*
 * The next answer: complete and correct. `status` as in "200 OK"; NULL for no
 * X-Etcd-Index.
 */
void server_answer(
    struct server *, const char *status, const char *index, const char *body);

/* The next answer: a head, for chunks to follow. */
void server_head(struct server *, const char *status, const char *index);

/*
 * The first answer is given to each request; the second, if there is one, to
 * those that wait.
 */
void server_repeat(struct server *);

/* More bytes, now, for the latest request; or as one chunk. */
void server_more(struct server *, enum then, const char *bytes);
void server_chunk(struct server *, const char *bytes);

/* What came so far: the number of requests, and the n-th, from 0. */
size_t server_requests(const struct server *);
const char *server_line(const struct server *, size_t n); /* "GET /x" */
const char *server_body(const struct server *, size_t n);
const char *server_heads(const struct server *, size_t n); /* all of them */

/* How many connections are open now. */
size_t server_connections(const struct server *);

#endif
