/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the module's options, and what they come to. */
#ifndef ETCD2_SETTINGS_H
#define ETCD2_SETTINGS_H

#include <rudder/module.h>

#include "endpoints.h"
#include "http.h"

/* All zero: not read. */
struct settings {
	struct endpoints endpoints; /* one or more */
	char *url;     /* "/v2/keys/coreos.com/network", percent-encoded */
	char *config;  /* "/coreos.com/network/config", as etcd says it */
	char *subnets; /* "/coreos.com/network/subnets" */
	struct http_creds creds;
};

extern const struct rudder_option settings_options[];

/*
 * 0; or RUDDER_EOPTION after a line of the log that names the option, its
 * value and the remedy; or -ENOMEM. All zero then.
 */
int settings_read(struct settings *, const struct rudder_env *);

void settings_fini(struct settings *);

#endif
