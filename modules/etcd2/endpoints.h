/* SPDX-License-Identifier: Apache-2.0 */
/* endpoints.h - where etcd may be, and where we look first. No I/O. */
#ifndef ETCD2_ENDPOINTS_H
#define ETCD2_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/types.h>

struct endpoint {
	char *url; /* without a slash at the end */
	bool tls;
	bool no_refresh; /* it has shown that it knows none */

	/* Its address, in host byte order; 0: not known. */
	uint32_t written; /* in the URL */
	uint32_t met;	  /* at the last connection */
};

/* All zero: none yet. */
struct endpoints {
	struct endpoint *all;
	size_t n;	/* at least one, once added */
	size_t current; /* < n: the one for the next request */
};

/*
 * Adds the URLs of a comma list, each once. -EINVAL, and *remedy says, in
 * static text, what an element should be; or -ENOMEM.
 */
int endpoints_add(struct endpoints *, const char *list, const char **remedy);

/*
 * That one failed: if it is the current one still, take the next. True: that
 * is another one.
 */
bool endpoints_failed(struct endpoints *, size_t which);

/* A connection to that one led to this address, as text; "": there was none. */
void endpoints_met(struct endpoints *, size_t which, const char *address);

/* Is one of them, as far as is known, at an address of that network? */
bool endpoints_within(const struct endpoints *, struct rudder_net);

void endpoints_fini(struct endpoints *);

#endif
