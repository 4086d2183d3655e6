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

#include "http.h"

/* Stays where it was initialised; all zero: nothing to free. */
struct easy {
	CURL *curl;
	struct http_request request; /* url and form are curl's by now */
	const struct http_limits *limits;
	void (*came)(void *owner);
	void *owner;

	bool in_head;
	char header[64];
	int status;

	char *body;
	size_t size, room;

	CURLcode fault; /* ours, where curl can only say "write error" */
	bool stopped;

	enum http_end end;
	char error[CURL_ERROR_SIZE];
	char why[CURL_ERROR_SIZE + 64];
};

/*
 * 0 or -ENOMEM; easy_fini() must follow both. The limits are borrowed until
 * then. came() is called inside of curl for all that comes; the owner is the
 * handle's CURLINFO_PRIVATE.
 */
int easy_init(struct easy *, const struct http_request *,
    const struct http_limits *, void (*came)(void *owner), void *owner);

/* It has ended, with this of curl's: fills in `end`, `status` and `why`. */
void easy_judge(struct easy *, CURLcode);

/* After easy_judge(); borrowed from it. */
struct http_answer easy_answer(const struct easy *);

/* The handle must not be in a multi any more. */
void easy_fini(struct easy *);

#endif
