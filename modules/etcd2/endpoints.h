/* SPDX-License-Identifier: Apache-2.0 */
/* endpoints.h - where etcd may be, and where we look first. No I/O. */
#ifndef ETCD2_ENDPOINTS_H
#define ETCD2_ENDPOINTS_H

#include <stddef.h>

/* All zero: none yet. */
struct endpoints {
	char **urls; /* without a slash at the end; at least one, once added */
	size_t n;
	size_t current; /* < n: the one for the next request */
};

/*
 * Adds the URLs of a comma list, each once. -EINVAL, and *remedy says, in
 * static text, what an element should be; or -ENOMEM.
 */
int endpoints_add(struct endpoints *, const char *list, const char **remedy);

/* That one failed: if it is the current one still, take the next. */
void endpoints_failed(struct endpoints *, size_t which);

void endpoints_fini(struct endpoints *);

#endif
