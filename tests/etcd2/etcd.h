/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etcd.h - a real etcd, as a child on loopback with its data in a directory
 * of its own, and writes to it by another way than the module's.
 */
#ifndef TESTS_ETCD2_ETCD_H
#define TESTS_ETCD2_ETCD_H

#include <stdbool.h>
#include <stdint.h>

struct etcd;

/* Is there an etcd on this machine that still has a v2 API? */
bool etcd_installed(void);

/* Runs, and answers. NULL: it does not, and its log is on stderr. */
struct etcd *etcd_start(bool v2);

/*
 * The same, with TLS: `certs` is a directory that certs.sh has filled, `name`
 * the certificate to show, "server".
 */
struct etcd *etcd_start_tls(
    const char *certs, const char *name, bool wants_certificate);

/* Ends it and removes what it left. Once it was stopped: the latter. */
void etcd_free(struct etcd *);

/* As an administrator does. */
void etcd_stop(struct etcd *);

/* Ends it, and starts it afresh: the same flags, and no data. */
void etcd_wipe(struct etcd *);

/* It stays, with its connections, and does nothing; and goes on again. */
void etcd_freeze(struct etcd *);
void etcd_thaw(struct etcd *);

/* "http://127.0.0.1:12345" */
const char *etcd_url(const struct etcd *);

/*
 * "PUT", "/v2/keys/a/b?prevExist=false", "value=x". The status, and the
 * X-Etcd-Index after a success.
 */
int etcd_do(
    struct etcd *, const char *method, const char *path, const char *form);
uint64_t etcd_index(const struct etcd *);

/* etcd_do() is this user from now on: "root:secret"; static text. */
void etcd_user(struct etcd *, const char *user);

/* A number that it keeps of itself, over all of its labels. */
uint64_t etcd_metric(struct etcd *, const char *name);

#endif
