/* SPDX-License-Identifier: Apache-2.0 */
/*
 * easy.h - one request as a curl easy handle: what it sends, what comes, and
 * how it ended. Who drives the handle is its owner's affair (http.c).
 */
#ifndef ETCD2_EASY_H
#define ETCD2_EASY_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cause.h"
#include "http.h"

#define EASY_HEADER 64

/* What is the same for all of an owner's; what it points to is borrowed. */
struct easy_common {
	struct http_limits limits;
	struct http_creds creds;
};

/* Stays where it was initialised; all zero: nothing to free. */
struct easy {
	CURL *curl;
	struct http_request request; /* url and form are curl's by now */
	const struct easy_common *common;
	void (*came)(void *owner);
	void *owner;

	bool in_head;
	char header[EASY_HEADER];
	int status;
	time_t begun;
	long ahead;

	char *body;
	size_t size, room;

	CURLcode fault; /* ours, where curl can only say "write error" */
	bool stopped;

	enum http_end end;
	bool late;
	char error[CURL_ERROR_SIZE];
	char why[CAUSE_TEXT];
};

/*
 * 0 or -ENOMEM; easy_fini() must follow both. `common` is borrowed until
 * then. came() is called inside of curl for all that comes; the owner is the
 * handle's CURLINFO_PRIVATE.
 */
int easy_init(struct easy *, const struct http_request *,
    const struct easy_common *, void (*came)(void *owner), void *owner);

/* It has ended, with this of curl's: fills in `end`, `status` and `why`. */
void easy_judge(struct easy *, CURLcode);

/* After easy_judge(); borrowed from it. */
struct http_answer easy_answer(const struct easy *);

/* The handle must not be in a multi any more. */
void easy_fini(struct easy *);

#endif
