/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "creds.h"
#include "setting.h"
#include "settings.h"
#include "text.h"

#define DEFAULT_ENDPOINTS "http://127.0.0.1:4001,http://127.0.0.1:2379"
#define DEFAULT_PREFIX "/coreos.com/network"

const struct rudder_option settings_options[] = {
	{
	    .name = "etcd-endpoint",
	    .type = RUDDER_TEXT,
	    .value = "url",
	    .help = "URL of the etcd to use",
	},
	{
	    .name = "etcd-endpoints",
	    .type = RUDDER_TEXT,
	    .def = DEFAULT_ENDPOINTS,
	    .value = "urls",
	    .help = "URLs of etcd's members, with commas between them",
	},
	{
	    .name = "etcd-prefix",
	    .type = RUDDER_TEXT,
	    .def = DEFAULT_PREFIX,
	    .value = "key",
	    .help = "the key in etcd below which the overlay is kept",
	},
	{
	    .name = "etcd-cafile",
	    .type = RUDDER_TEXT,
	    .value = "path",
	    .help = "who may have issued etcd's certificate",
	},
	{
	    .name = "etcd-certfile",
	    .type = RUDDER_TEXT,
	    .value = "path",
	    .help = "our certificate, for an etcd that wants one",
	},
	{
	    .name = "etcd-keyfile",
	    .type = RUDDER_TEXT,
	    .value = "path",
	    .help = "the key of our certificate",
	},
	{
	    .name = "etcd-username",
	    .type = RUDDER_TEXT,
	    .value = "name",
	    .help = "who we are to etcd",
	},
	{
	    .name = "etcd-password-file",
	    .type = RUDDER_TEXT,
	    .value = "path",
	    .help = "the password of etcd-username",
	},
	{ 0 },
};

static int
add_endpoints(
    struct settings *settings, const struct rudder_env *env, const char *name)
{
	const char *value = env->option(env, name);
	const char *remedy;
	int rc;

	if (value == NULL)
		return 0;
	rc = endpoints_add(&settings->endpoints, value, &remedy);
	return rc == -EINVAL ? setting_refuse(env, name, remedy) : rc;
}

/*
 * flannel knew one option first, and then the other. What is set counts: the
 * default of the list does not when the single one is set.
 */
static int
read_endpoints(struct settings *settings, const struct rudder_env *env)
{
	const char *list = env->option(env, "etcd-endpoints"), *remedy;
	int rc;

	rc = add_endpoints(settings, env, "etcd-endpoint");
	if (rc < 0)
		return rc;
	if (list != NULL && settings->endpoints.n > 0 &&
	    strcmp(list, DEFAULT_ENDPOINTS) == 0)
		return 0;
	rc = add_endpoints(settings, env, "etcd-endpoints");
	if (rc == 0 && settings->endpoints.n == 0)
		rc = endpoints_add(
		    &settings->endpoints, DEFAULT_ENDPOINTS, &remedy);
	return rc;
}

static bool
is_dots(const char *part, size_t len)
{
	return len <= 2 && strncmp(part, "..", len) == 0;
}

/*
 * Slashes as etcd has them: one before each part and none at the end. "." and
 * ".." would mean something to those on the way. NULL: out of memory, or
 * *remedy says what is wrong.
 */
static char *
clean_prefix(const char *s, const char **remedy)
{
	char *prefix = calloc(1, strlen(s) + 1), *end = prefix;
	size_t len;

	*remedy = s[0] == '/' ? NULL : "a prefix begins with /";
	for (; prefix != NULL && *remedy == NULL && *s != '\0'; s += len) {
		s += strspn(s, "/");
		len = strcspn(s, "/");
		if (len == 0)
			break;
		if (is_dots(s, len))
			*remedy = "a prefix has no . or .. in it";
		*end++ = '/';
		memcpy(end, s, len);
		end += len;
	}
	if (*remedy != NULL) {
		free(prefix);
		return NULL;
	}
	return prefix;
}

static int
read_prefix(struct settings *settings, const struct rudder_env *env)
{
	const char *option = env->option(env, "etcd-prefix"), *remedy;
	char *prefix, *escaped;

	prefix =
	    clean_prefix(option != NULL ? option : DEFAULT_PREFIX, &remedy);
	if (prefix == NULL)
		return remedy == NULL
			   ? -ENOMEM
			   : setting_refuse(env, "etcd-prefix", remedy);
	escaped = text_escape(prefix, "/");
	if (escaped != NULL)
		settings->url = text_join("/v2/keys", escaped, "");
	settings->config = text_join(prefix, "/config", "");
	settings->subnets = text_join(prefix, "/subnets", "");
	free(escaped);
	free(prefix);
	if (settings->url == NULL || settings->config == NULL ||
	    settings->subnets == NULL)
		return -ENOMEM;
	return 0;
}

int
settings_read(struct settings *settings, const struct rudder_env *env)
{
	int rc;

	*settings = (struct settings){ 0 };
	rc = read_endpoints(settings, env);
	if (rc == 0)
		rc = read_prefix(settings, env);
	if (rc == 0)
		rc = creds_read(&settings->creds, env, &settings->endpoints);
	if (rc < 0)
		settings_fini(settings);
	return rc;
}

void
settings_fini(struct settings *settings)
{
	endpoints_fini(&settings->endpoints);
	free(settings->url);
	free(settings->config);
	free(settings->subnets);
	creds_fini(&settings->creds);
	*settings = (struct settings){ 0 };
}
