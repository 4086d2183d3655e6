/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of the library, of jansson and of libevent in turn fails
 * for an embedder, from rudder_new() on, with modules loaded by name. A call
 * says so and can be made again; what was begun comes to its end all the
 * same; and nothing is lost (for which this runs under a sanitizer too).
 */
#include "../check.h"
#include "../nomem.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <rudder/rudder.h>

#include "../fake/record.h"
#include "../fake/store.h"

#define CONFIG "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"record\"}}"

struct host {
	struct event_base *base;
	struct store store;
	struct record record;
	unsigned ready, failed;
};

static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct host *h = arg;

	(void)r;
	assert_string_equal(lease->device, "record0");
	h->ready++;
	event_base_loopbreak(h->base);
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	struct host *h = arg;

	(void)r;
	(void)err;
	(void)why;
	h->failed++;
	event_base_loopbreak(h->base);
}

/* Once more, where there was no memory for it. */
static void
must_set(struct rudder *r, const char *name, const char *value)
{
	int rc = rudder_set(r, name, value);

	if (rc < 0) {
		assert_true(nomem_ended);
		assert_true(strlen(rudder_why(r)) > 0);
		rc = rudder_set(r, name, value);
	}
	assert_int_equal(rc, 0);
}

static struct rudder *
must_make(struct host *h)
{
	static const struct rudder_callbacks callbacks = { .ready = on_ready,
		.failed = on_failed };
	struct rudder *r = NULL;
	int rc = rudder_new(&r, h->base, &callbacks, h);

	if (rc < 0) {
		assert_int_equal(rc, -ENOMEM);
		assert_true(nomem_ended);
		rc = rudder_new(&r, h->base, &callbacks, h);
	}
	assert_int_equal(rc, 0);
	return r;
}

static void
set_all(struct host *h, struct rudder *r)
{
	char path[4096], store[32], record[32];

	snprintf(path, sizeof(path), "%s/.libs", getenv("top_builddir"));
	must_set(r, "module-dir", path);
	must_set(r, "registry", "memory");
	must_set(r, "backend", "record");
	must_set(r, "iface", "lo");
	/* Whatever network the test's machine lives in. */
	must_set(r, "force-overlap", "true");
	must_set(r, "public-ip", "192.168.0.1");
	must_set(r, "store", store_text(&h->store, store));
	must_set(r, "record", record_text(&h->record, record));
}

/* Somebody may be told nothing, but he is told so. */
static void
ask(struct rudder *r)
{
	char *text = rudder_status(r);

	if (text == NULL) {
		assert_true(nomem_ended);
		text = rudder_status(r);
	}
	assert_non_null(text);
	free(text);
}

static void
run(struct host *h, struct rudder *r)
{
	int rc = rudder_start(r);

	if (rc < 0) {
		assert_true(nomem_ended);
		return; /* a handle starts once */
	}
	event_base_dispatch(h->base);
	if (h->failed == 0) {
		assert_int_equal(h->ready, 1);
		ask(r);
	}
	assert_true(h->failed == 0 || nomem_ended);
}

/* Was there so much memory to ask for? */
static bool
fail_at(unsigned long n)
{
	struct host *h = test_calloc(1, sizeof(*h));
	struct rudder *r;

	h->base = event_base_new();
	assert_non_null(h->base);
	store_init(&h->store);
	store_config(&h->store, CONFIG);
	nomem_begin(n);
	r = must_make(h);
	set_all(h, r);
	run(h, r);
	rudder_free(r);
	nomem_end();
	assert_int_equal(h->failed, 0);
	assert_false(h->record.attached);
	event_base_free(h->base);
	store_fini(&h->store);
	test_free(h);
	return nomem_ended;
}

static void
test_each_allocation_may_fail(void **state)
{
	unsigned long n = 1;

	(void)state;
	while (fail_at(n))
		n++;
	assert_true(n > 50);
}

static void *
on_realloc(void *p, size_t n)
{
	return nomem_fails() ? NULL : realloc(p, n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_may_fail),
	};

	json_set_alloc_funcs(__wrap_malloc, free);
	event_set_mem_functions(__wrap_malloc, on_realloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
