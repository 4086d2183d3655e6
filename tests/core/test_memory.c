/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of the core and of jansson fails in turn, while a machine
 * joins and follows its peers. Whatever it was, in the end all is as it
 * should be, and nothing is lost (for which this runs under a sanitizer too).
 */
#include "../check.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "world.h"

#define HOST(n) (0xc0a80000 + (n)) /* 192.168.0.n */

/* ---- Memory that ends ---------------------------------------------------- */

static unsigned long countdown; /* 0: it does not end */
static bool ended;

static bool
fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	ended = true;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);

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

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* ---- The story ----------------------------------------------------------- */

static void
put(struct world *w, const char *key, const char *value)
{
	unsigned long n = countdown;

	countdown = 0;
	store_put(&w->store, key, value, 86400);
	countdown = n;
	world_run(w, SECONDS(1));
}

/* Was there so much memory to ask for? */
static bool
fail_at(unsigned long i, bool has_lease)
{
	struct world *w = test_calloc(1, sizeof(*w));
	struct node *n;

	world_init(w, 7);
	store_config(&w->store, "{\"Network\":\"10.1.0.0/16\","
				"\"Backend\":{\"Type\":\"udp\",\"Port\":9}}");
	if (has_lease)
		store_put(&w->store, "10.1.7.0-24",
		    "{\"PublicIP\":\"192.168.0.1\",\"x\":[1]}", 40);
	n = world_start(w, 0);
	ended = false;
	countdown = i;
	world_run(w, SECONDS(1));
	put(w, "10.1.8.0-24", "{\"PublicIP\":\"192.168.0.8\"}");
	put(w, "10.1.9.0-24", "{\"PublicIP\":\"192.168.0.9\"}");
	put(w, "10.1.8.0-24", "{\"PublicIP\":\"192.168.0.7\"}");
	store_forget_history(&w->store);
	put(w, "10.1.10.0-24", "{\"PublicIP\":\"192.168.0.6\"}");
	world_run(w, HOURS(12));
	countdown = 0;
	assert_int_equal(n->failed, 0);
	assert_int_equal(n->ready, 1);
	assert_int_equal(w->store.n_leases, 4);
	assert_int_equal(record_peer(&n->record, "10.1.8.0-24"), HOST(7));
	assert_int_equal(record_peer(&n->record, "10.1.9.0-24"), HOST(9));
	assert_int_equal(record_peer(&n->record, "10.1.10.0-24"), HOST(6));
	world_fini(w);
	test_free(w);
	return ended;
}

static void
test_each_allocation_may_fail(void **state)
{
	unsigned long n;

	(void)state;
	for (int has_lease = 0; has_lease < 2; has_lease++) {
		for (n = 1; fail_at(n, has_lease); n++)
			;
		assert_true(n > 100);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_may_fail),
	};

	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
