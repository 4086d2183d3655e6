/* SPDX-License-Identifier: Apache-2.0 */
/* The library as its embedders see it, with modules loaded by name. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <rudder/rudder.h>

#include "../fake/record.h"
#include "../fake/store.h"

#define CONFIG "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"record\"}}"

/* What a callback of the host does when its turn has come. */
enum deed { NOTHING, FREE, STOP, STOP_AND_FREE };

struct host {
	struct event_base *base;
	struct store store;
	struct record record;
	struct rudder *rudder;
	enum deed in_ready, in_failed, in_log;
	int log_turns;		       /* lines until in_log is done */
	unsigned ready, failed, after; /* `after`: callbacks after the deed */
	bool done;
	bool dry; /* it is but a rehearsal */
	int err;
	char said[8192]; /* all lines */
};

static void
act(struct host *h, enum deed deed)
{
	if (deed == NOTHING)
		return;
	h->done = true;
	if (deed == STOP || deed == STOP_AND_FREE)
		rudder_stop(h->rudder);
	if (deed == FREE || deed == STOP_AND_FREE) {
		rudder_free(h->rudder);
		h->rudder = NULL;
	}
}

static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct host *h = arg;

	(void)r;
	h->after += h->done;
	h->ready++;
	assert_string_equal(lease->device, h->dry ? "none" : "record0");
	act(h, h->in_ready);
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	struct host *h = arg;

	(void)r;
	h->after += h->done;
	h->failed++;
	h->err = err;
	assert_true(strlen(why) > 0);
	act(h, h->in_failed);
}

static void
on_log(struct rudder *r, enum rudder_level level, const char *line, void *arg)
{
	struct host *h = arg;

	(void)r;
	(void)level;
	assert_null(strchr(line, '\n'));
	strncat(h->said, line, sizeof(h->said) - strlen(h->said) - 1);
	h->after += h->done;
	if (h->in_log != NOTHING && h->log_turns-- == 0)
		act(h, h->in_log);
}

static struct rudder *
make(struct host *h, const char *public_ip)
{
	static const struct rudder_callbacks callbacks = {
		.ready = on_ready, .failed = on_failed, .log = on_log
	};
	char path[4096], store[32], record[32];
	struct rudder *r;

	snprintf(path, sizeof(path), "%s/.libs", getenv("top_builddir"));
	assert_int_equal(rudder_new(&r, h->base, &callbacks, h), 0);
	assert_int_equal(rudder_set(r, "module-dir", path), 0);
	assert_int_equal(rudder_set(r, "registry", "memory"), 0);
	assert_int_equal(rudder_set(r, "backend", "record"), 0);
	assert_int_equal(rudder_set(r, "iface", "lo"), 0);
	/* Whatever network the test's machine lives in. */
	assert_int_equal(rudder_set(r, "force-overlap", "true"), 0);
	assert_int_equal(rudder_set(r, "public-ip", public_ip), 0);
	assert_int_equal(
	    rudder_set(r, "store", store_text(&h->store, store)), 0);
	assert_int_equal(
	    rudder_set(r, "record", record_text(&h->record, record)), 0);
	return r;
}

static struct host *
host_new(struct event_base *base)
{
	struct host *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	h->base = base;
	store_init(&h->store);
	store_config(&h->store, CONFIG);
	return h;
}

static void
host_free(struct host *h)
{
	store_fini(&h->store);
	free(h);
}

static void
turn(struct event_base *base, int times)
{
	while (times-- > 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

/* Zero timeouts need the clock to move: wait for what is awaited. */
static void
turn_until(struct host *h, const unsigned *counter)
{
	struct timeval limit = { .tv_sec = 20 };

	event_base_loopexit(h->base, &limit);
	while (*counter == 0 && !event_base_got_exit(h->base))
		event_base_loop(h->base, EVLOOP_ONCE);
	assert_int_equal(*counter, 1);
}

/* ---- Options -------------------------------------------------------------------- */

static void
test_options_are_checked(void **state)
{
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);
	struct rudder *r = make(h, "192.168.0.1");

	(void)state;
	assert_int_equal(rudder_set(r, "nosuch", "1"), RUDDER_EOPTION);
	assert_non_null(strstr(rudder_why(r), "\"nosuch\""));
	assert_int_equal(rudder_set(r, "port", "0"), RUDDER_EOPTION);
	assert_non_null(strstr(rudder_why(r), "1 to 65535"));
	assert_int_equal(rudder_set(r, "port", "65536"), RUDDER_EOPTION);
	assert_int_equal(rudder_set(r, "port", "80x"), RUDDER_EOPTION);
	assert_int_equal(rudder_set(r, "port", "9000"), 0);
	assert_int_equal(rudder_set(r, "public-ip", "x"), RUDDER_EOPTION);
	assert_int_equal(
	    rudder_set(r, "public-ip", "127.0.0.1"), RUDDER_EOPTION);
	assert_non_null(strstr(rudder_why(r), "127.0.0.1"));
	assert_int_equal(rudder_set(r, "backend", "udp"), RUDDER_ESTATE);
	assert_int_equal(rudder_set(r, "subnet", "10.1.5/24"), RUDDER_EOPTION);
	assert_non_null(strstr(rudder_why(r), "\"10.1.5/24\""));
	assert_int_equal(rudder_set(r, "node-id", "a b"), RUDDER_EOPTION);
	assert_int_equal(rudder_set(r, "node-id", "a\"b"), RUDDER_EOPTION);
	assert_int_equal(rudder_set(r, "lease-ttl", "4"), RUDDER_EOPTION);
	assert_int_equal(rudder_set(r, "on-lease-loss", ""), RUDDER_EOPTION);
	assert_non_null(strstr(rudder_why(r), "keep, quarantine, exit"));
	assert_int_equal(rudder_start(r), 0);
	assert_int_equal(rudder_set(r, "port", "9000"), RUDDER_ESTATE);
	assert_int_equal(rudder_start(r), RUDDER_ESTATE);
	rudder_free(r);
	host_free(h);
	event_base_free(base);
}

static void
test_options_can_be_walked(void **state)
{
	static const char *const names[] = { "registry", "backend",
		"module-dir", "iface", "public-ip", "node-id", "subnet",
		"on-lease-loss", "lease-ttl", "force-overlap", "dry-run",
		"store", "record", "port" };
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);
	struct rudder *r = make(h, "192.168.0.1");
	const struct rudder_option *o = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o = rudder_option_next(r, o);
		assert_non_null(o);
		assert_string_equal(o->name, names[i]);
		assert_non_null(o->help);
	}
	assert_null(rudder_option_next(r, o));
	rudder_free(r);
	host_free(h);
	event_base_free(base);
}

static void
test_options_can_be_asked_for(void **state)
{
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);
	struct rudder *r;
	char named[64];

	(void)state;
	assert_int_equal(rudder_new(&r, base, NULL, NULL), 0);
	assert_string_equal(rudder_get(r, "registry"), "etcd2");
	assert_null(rudder_get(r, "iface"));
	assert_null(rudder_get(r, "store")); /* of a module, later */
	rudder_free(r);
	r = make(h, "192.168.0.1");
	assert_string_equal(rudder_get(r, "registry"), "memory");
	assert_string_equal(rudder_get(r, "public-ip"), "192.168.0.1");
	assert_string_equal(rudder_get(r, "lease-ttl"), "86400");
	assert_null(rudder_get(r, "nosuch"));
	assert_int_equal(rudder_set(r, "port", "9000"), 0);
	assert_string_equal(rudder_get(r, "port"), "9000");
	assert_int_equal(rudder_set(r, "node-id", "a.b"), 0);
	assert_string_equal(rudder_get(r, "node-id"), "a.b");
	assert_int_equal(rudder_set(r, "node-id", ""), 0);
	assert_string_equal(rudder_get(r, "node-id"), "");
	rudder_free(r);
	r = make(h, "192.168.0.1");
	if (rudder_get(r, "node-id") != NULL) { /* has a machine-id */
		snprintf(named, sizeof(named), "%s", rudder_get(r, "node-id"));
		assert_int_equal(strlen(named), 16);
		assert_int_equal(rudder_set(r, "node-id", named), 0);
	}
	rudder_free(r);
	host_free(h);
	event_base_free(base);
}

static void
test_unknown_module_lists_those_there_are(void **state)
{
	struct event_base *base = event_base_new();
	char path[4096];
	struct rudder *r;

	(void)state;
	snprintf(path, sizeof(path), "%s/.libs", getenv("top_builddir"));
	assert_int_equal(rudder_new(&r, base, NULL, NULL), 0);
	assert_int_equal(rudder_set(r, "module-dir", path), 0);
	assert_int_equal(rudder_set(r, "registry", "memory"), 0);
	assert_int_equal(rudder_set(r, "backend", "carrier-pigeon"), 0);
	assert_int_equal(rudder_start(r), RUDDER_EOPTION);
	assert_non_null(strstr(rudder_why(r), "\"carrier-pigeon\""));
	assert_non_null(strstr(rudder_why(r), "record"));
	rudder_free(r);

	assert_int_equal(rudder_new(&r, base, NULL, NULL), 0);
	assert_int_equal(rudder_set(r, "registry", "../memory"), 0);
	assert_int_equal(rudder_start(r), RUDDER_EOPTION);
	rudder_free(r);
	event_base_free(base);
}

static void
test_other_abi_is_refused_with_both_numbers(void **state)
{
	struct event_base *base = event_base_new();
	char path[4096], ours[32];
	struct rudder *r;

	(void)state;
	snprintf(path, sizeof(path), "%s/.libs", getenv("top_builddir"));
	assert_int_equal(rudder_new(&r, base, NULL, NULL), 0);
	assert_int_equal(rudder_set(r, "module-dir", path), 0);
	assert_int_equal(rudder_set(r, "registry", "future"), 0);
	assert_int_equal(rudder_start(r), RUDDER_EMODULE);
	snprintf(ours, sizeof(ours), "has %d", RUDDER_MODULE_ABI);
	assert_non_null(strstr(rudder_why(r), "ABI 4711"));
	assert_non_null(strstr(rudder_why(r), ours));
	rudder_free(r);
	event_base_free(base);
}

/* ---- Life ------------------------------------------------------------------------ */

static void
test_start_returns_before_any_callback(void **state)
{
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);

	(void)state;
	h->rudder = make(h, "192.168.0.1");
	assert_int_equal(rudder_start(h->rudder), 0);
	assert_int_equal(h->ready + h->failed, 0);
	turn_until(h, &h->ready);
	rudder_stop(h->rudder);
	assert_null(h->record.env); /* the module is closed by now */
	turn(base, 10);
	assert_int_equal(h->ready, 1);
	rudder_free(h->rudder);
	host_free(h);
	event_base_free(base);
}

static void
test_dispatch_returns_after_stop(void **state)
{
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);

	(void)state;
	h->in_ready = STOP;
	h->rudder = make(h, "192.168.0.1");
	assert_int_equal(rudder_start(h->rudder), 0);
	assert_int_equal(event_base_dispatch(base), 1); /* nothing pending */
	assert_int_equal(h->ready, 1);
	assert_null(h->record.env);
	rudder_free(h->rudder);
	host_free(h);
	event_base_free(base);
}

/* One story that ends with `deed` in a callback; the loop may never turn
 * again afterwards. */
static void
end_in(enum deed ready, enum deed failed, enum deed log, int log_turns,
    bool turn_again)
{
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);
	struct timeval limit = { .tv_sec = 20 };

	h->in_ready = ready;
	h->in_failed = failed;
	h->in_log = log;
	h->log_turns = log_turns;
	if (failed != NOTHING)
		h->record.fail_attach = -EIO;
	h->rudder = make(h, "192.168.0.1");
	assert_int_equal(rudder_start(h->rudder), 0);
	event_base_loopexit(base, &limit);
	while (!h->done && h->ready == 0 && !event_base_got_exit(base))
		event_base_loop(base, EVLOOP_ONCE);
	if (turn_again)
		turn(base, 10);
	if (h->rudder != NULL)
		rudder_free(h->rudder);
	event_base_free(base);
	assert_int_equal(h->after, 0);
	assert_null(h->record.env);
	host_free(h);
}

static void
test_free_and_stop_in_every_callback(void **state)
{
	(void)state;
	for (enum deed deed = FREE; deed <= STOP_AND_FREE; deed++) {
		for (int again = 0; again < 2; again++) {
			end_in(deed, NOTHING, NOTHING, 0, again);
			end_in(NOTHING, deed, NOTHING, 0, again);
			for (int n = 0; n < 12; n++)
				end_in(NOTHING, NOTHING, deed, n, again);
		}
	}
}

static void
test_free_of_what_never_ran(void **state)
{
	struct event_base *base = event_base_new();
	struct rudder *r;

	(void)state;
	rudder_free(NULL);
	assert_int_equal(rudder_new(&r, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(rudder_new(&r, base, NULL, NULL), 0);
	rudder_stop(r);
	rudder_free(r);
	event_base_free(base);
}

/* Two machines' worth of rudder in one process, on one loop. */
static void
test_two_on_one_base_form_an_overlay(void **state)
{
	struct event_base *base = event_base_new();
	struct host *a = host_new(base), *b = host_new(base);
	char text[32];

	(void)state;
	a->rudder = make(a, "192.168.0.1");
	b->rudder = make(b, "192.168.0.2");
	assert_int_equal(
	    rudder_set(b->rudder, "store", store_text(&a->store, text)), 0);
	assert_int_equal(rudder_start(a->rudder), 0);
	assert_int_equal(rudder_start(b->rudder), 0);
	turn_until(a, &a->record.sets);
	turn_until(b, &b->record.sets);
	assert_int_equal(a->record.peers[0].public_ip, 0xc0a80002);
	assert_int_equal(b->record.peers[0].public_ip, 0xc0a80001);
	assert_int_equal(
	    a->record.peers[0].subnet.addr, b->record.at.subnet.addr);
	assert_int_equal(
	    b->record.peers[0].subnet.addr, a->record.at.subnet.addr);
	rudder_free(a->rudder);
	rudder_free(b->rudder);
	host_free(a);
	host_free(b);
	event_base_free(base);
}

/* Everything is told, up to the peers, and nothing is done. */
static void
test_rehearsal_changes_nothing(void **state)
{
	struct event_base *base = event_base_new();
	struct host *h = host_new(base);

	(void)state;
	store_put(&h->store, "10.1.7.0-24",
	    "{\"PublicIP\":\"192.168.0.9\",\"BackendType\":\"record\"}", 86400);
	h->rudder = make(h, "192.168.0.1");
	h->dry = true;
	assert_int_equal(rudder_set(h->rudder, "dry-run", "true"), 0);
	assert_int_equal(rudder_start(h->rudder), 0);
	turn_until(h, &h->ready);
	assert_int_equal(h->ready, 1);
	assert_non_null(strstr(h->said, "would create the lease 10.1."));
	assert_non_null(strstr(h->said, "would build a device for 10.1."));
	assert_non_null(strstr(h->said, "10.1.7.0/24 is at 192.168.0.9"));
	assert_int_equal(h->store.n_leases, 1);
	assert_false(h->record.attached);
	assert_int_equal(h->record.sets, 0);
	rudder_free(h->rudder);
	assert_null(h->record.env);
	host_free(h);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_are_checked),
		cmocka_unit_test(test_options_can_be_walked),
		cmocka_unit_test(test_options_can_be_asked_for),
		cmocka_unit_test(test_unknown_module_lists_those_there_are),
		cmocka_unit_test(test_other_abi_is_refused_with_both_numbers),
		cmocka_unit_test(test_start_returns_before_any_callback),
		cmocka_unit_test(test_dispatch_returns_after_stop),
		cmocka_unit_test(test_free_and_stop_in_every_callback),
		cmocka_unit_test(test_free_of_what_never_ran),
		cmocka_unit_test(test_two_on_one_base_form_an_overlay),
		cmocka_unit_test(test_rehearsal_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
