/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "env.h"

static struct test_env *
self(const struct rudder_env *env)
{
	return (struct test_env *)(uintptr_t)env;
}

static const char *
on_option(const struct rudder_env *env, const char *name)
{
	const struct test_env *t = self(env);

	for (size_t i = 0; i < 12 && t->options[i].name != NULL; i++)
		if (strcmp(t->options[i].name, name) == 0)
			return t->options[i].value;
	return NULL;
}

static void on_log(const struct rudder_env *, enum rudder_level,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void
on_log(
    const struct rudder_env *env, enum rudder_level level, const char *fmt, ...)
{
	struct test_env *t = self(env);
	char line[sizeof(t->line)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	t->lines[level]++;
	if (level != RUDDER_DEBUG)
		memcpy(t->line, line, sizeof(line));
}

static uint32_t
on_random(const struct rudder_env *env, uint32_t below)
{
	(void)env;
	return below / 2;
}

static uint64_t
on_now(const struct rudder_env *env)
{
	const struct test_env *t = self(env);
	struct timespec ts;

	if (!t->real_clock)
		return t->now;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void
test_env_init(struct test_env *t, struct event_base *base)
{
	memset(t->lines, 0, sizeof(t->lines));
	t->line[0] = '\0';
	t->now = 1000000;
	t->env = (struct rudder_env){
		.base = base,
		.option = on_option,
		.log = on_log,
		.random = on_random,
		.now = on_now,
	};
}
