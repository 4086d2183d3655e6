/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "setting.h"

const char *
setting_text(const struct rudder_env *env, const char *name)
{
	const char *value = env->option(env, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

int
setting_refuse(
    const struct rudder_env *env, const char *name, const char *remedy)
{
	const char *value = env->option(env, name);

	/* It may hold a password. */
	if (strchr(value, '@') != NULL)
		value = "(not shown)";
	env->log(
	    env, RUDDER_ERROR, "option %s: \"%s\": %s", name, value, remedy);
	return RUDDER_EOPTION;
}
