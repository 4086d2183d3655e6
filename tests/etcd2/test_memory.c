/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation in turn fails: the module's own, libcurl's, jansson's and
 * libevent's. Each request then still comes to exactly one end, and nothing
 * is lost (for which this runs under a sanitizer too).
 *
 * The module's are caught by the linker (--wrap), the others by the hooks of
 * their libraries. etcd is a child, whose memory is not ours.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "call.h"
#include "registry.h"
#include "reply.h"
#include "server.h"

#define SUBNETS "/coreos.com/network/subnets"

/* Silence is short: it is waited for several hundred times. */
const struct http_limits call_limits = {
	.connect = 2000,
	.request = 7000,
	.idle = 5,
	.body = 64 << 20,
};

/* ---- Memory that ends -------------------------------------------------- */

static unsigned long countdown; /* 0: it does not end */
static bool failed;

static bool
fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	failed = true;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_asprintf(char **s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

int
__wrap_asprintf(char **s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fails())
		return -1;
	va_start(ap, fmt);
	n = vasprintf(s, fmt, ap);
	va_end(ap);
	return n;
}

/* ---- An etcd of its own memory ----------------------------------------- */

static const char listing[] =
    "{\"action\":\"set\",\"node\":{\"key\":\"" SUBNETS "/10.1.5.0-24\","
    "\"dir\":true,\"modifiedIndex\":12,\"nodes\":[{\"key\":\"" SUBNETS
    "/10.1.5.0-24\",\"value\":\"{}\",\"modifiedIndex\":9}]}}";

static pid_t
etcd_fork(char *url, size_t size, bool silent)
{
	struct event_base *base = event_base_new();
	struct server *server = server_new(base);
	pid_t pid;

	server_answer(server, "200 OK", "12", listing);
	if (silent)
		server_head(server, "200 OK", "12");
	server_repeat(server);
	snprintf(url, size, "%s", server_url(server));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		event_reinit(base);
		event_base_dispatch(base);
		_exit(0);
	}
	server_free(server);
	event_base_free(base);
	return pid;
}

/* ---- The tests --------------------------------------------------------- */

struct round {
	struct event_base *base;
	struct test_env env;
	unsigned pending;
};

static void
on_done(struct rudder_request *request, const struct rudder_answer *answer)
{
	struct round *round = request->arg;

	assert_null(request->impl);
	assert_true(answer->err == 0 || answer->why != NULL);
	round->pending--;
}

#define KINDS 8
#define REFRESH 6 /* "listing" has lost the value: it is written again */

/*
 * All kinds of requests at a time. The last is of an index that is far ahead:
 * its answer is stopped at its head.
 */
static void
ask_all(struct round *round, const struct rudder_registry *ops, void *impl)
{
	static const uint64_t indices[KINDS] = { [4] = 10, [7] = 1000 };
	int (*const begins[])(void *, struct rudder_request *) = { ops->config,
		ops->list, ops->create, ops->renew, ops->watch, ops->release,
		ops->renew, ops->watch };
	struct rudder_request requests[KINDS];

	for (size_t i = 0; i < KINDS; i++) {
		requests[i] = (struct rudder_request){
			.subnet = { 0x0a010500, 24 },
			.value = "{}",
			.ttl = 60,
			.version = 9,
			.index = indices[i],
			.same_value = i == REFRESH,
			.done = on_done,
			.arg = round,
		};
		if (begins[i](impl, &requests[i]) == 0)
			round->pending++;
	}
	while (round->pending > 0)
		event_base_loop(round->base, EVLOOP_ONCE);
}

#define OPTIONS 6

/* Was there so much memory to ask for? */
static bool
fail_at(unsigned long n, const char *url, const char *password)
{
	struct round round = { .base = event_base_new() };
	const struct rudder_registry *ops = registry_ops();
	const char *const options[OPTIONS][2] = {
		{ "etcd-endpoints", url },
		{ "etcd-cafile", "/proc/self/exe" },
		{ "etcd-certfile", "/proc/self/exe" },
		{ "etcd-keyfile", "/proc/self/exe" },
		{ "etcd-username", "alice" },
		{ "etcd-password-file", password },
	};
	void *impl;

	for (size_t i = 0; i < OPTIONS; i++) {
		round.env.options[i].name = options[i][0];
		round.env.options[i].value = options[i][1];
	}
	test_env_init(&round.env, round.base);
	failed = false;
	countdown = n;
	if (ops->open(&round.env.env, &impl) == 0) {
		ask_all(&round, ops, impl);
		ops->close(impl);
	}
	countdown = 0;
	event_base_free(round.base);
	return failed;
}

static void
fail_each(bool silent)
{
	char url[64], password[] = "/tmp/rudder-password-XXXXXX";
	int fd = mkstemp(password);
	unsigned long n = 1;
	pid_t pid;

	assert_int_equal(write(fd, "secret", 6), 6);
	close(fd);
	pid = etcd_fork(url, sizeof(url), silent);
	alarm(300);
	while (fail_at(n, url, password))
		n++;
	alarm(0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(password);
	assert_true(n > 100);
}

static void
test_each_allocation_may_fail(void **state)
{
	(void)state;
	fail_each(false);
}

/* Polls are silent, and are asked for a sign of life. */
static void
test_each_allocation_may_fail_in_silence(void **state)
{
	(void)state;
	fail_each(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_may_fail),
		cmocka_unit_test(test_each_allocation_may_fail_in_silence),
	};

	event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
	json_set_alloc_funcs(__wrap_malloc, free);
	curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free,
	    __wrap_realloc, __wrap_strdup, __wrap_calloc);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
