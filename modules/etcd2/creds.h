/* SPDX-License-Identifier: Apache-2.0 */
/*
 * creds.h - certificates, user and password, from options and environment.
 *
 * A password is no option, so that it cannot be in a list of processes: it is
 * in the file that etcd-password-file names, or else in RUDDERD_ETCD_PASSWORD
 * or FLANNELD_ETCD_PASSWORD. It is never logged.
 */
#ifndef ETCD2_CREDS_H
#define ETCD2_CREDS_H

#include <rudder/module.h>

#include "endpoints.h"
#include "http.h"

/*
 * As settings_read(), but what was read before an error stays, for
 * creds_fini(). Files must be there to be read; what is in those of TLS is
 * looked at when there is a connection.
 */
int creds_read(
    struct http_creds *, const struct rudder_env *, const struct endpoints *);

/* Wipes the password. */
void creds_fini(struct http_creds *);

#endif
