/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of the udp backend in turn fails, and of libevent on its
 * behalf, on whatever thread, in the course of a life: it says so and can be
 * asked again, or it is the end, of which nothing is left (for which this
 * runs under a sanitizer too).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <net/if.h>

#include "../nomem.h"
#include "rig.h"

#define ELSEWHERE "127.0.0.6"

/* More than the first tables hold. */
#define PEERS 200

static void *
on_realloc(void *p, size_t n)
{
	return nomem_fails() ? NULL : realloc(p, n);
}

/* ---- The story ----------------------------------------------------------- */

static struct rudder_net
subnet(unsigned i)
{
	return (struct rudder_net){ 0x0a016400 + (i << 8), 24 };
}

/* Once more, where there was no memory for it: and there is again. */
static void
must_do(int (*act)(struct rig *, unsigned), struct rig *r, unsigned i)
{
	int rc = act(r, i);

	if (rc < 0) {
		assert_int_equal(rc, -ENOMEM);
		assert_true(nomem_ended);
		rc = act(r, i);
	}
	assert_int_equal(rc, 0);
}

static int
set_peer(struct rig *r, unsigned i)
{
	return ops()->peer_set(r->backend, subnet(i), net(PEER, 32).addr);
}

static int
del_peer(struct rig *r, unsigned i)
{
	return ops()->peer_del(r->backend, subnet(i));
}

static int
set_theirs(struct rig *r, unsigned i)
{
	(void)i;
	return ops()->peer_set(
	    r->backend, net("10.1.6.0", 24), net(PEER, 32).addr);
}

static int
move(struct rig *r, unsigned i)
{
	struct rudder_attach where = place();

	(void)i;
	where.iface_ip = where.public_ip = net(ELSEWHERE, 32).addr;
	return ops()->move(r->backend, &where, &r->device);
}

/* There and back. */
static void
check_flow(struct rig *r)
{
	uint8_t p[2048];
	int fd = inner_socket(64);

	inner_says(fd, THEIRS, HELLO, 5);
	assert_int_equal(receive(r, r->peer, p, sizeof(p)), HELLO_LEN);
	peer_says_to(
	    r, ELSEWHERE, p, make_hello(p, THEIRS, OURS, port_of(fd), 17));
	assert_int_equal(hello_heard(r, fd), 16);
	close(fd);
}

/* A worker that has no memory for a route has failed, and its host hears it. */
static void
live(struct rig *r)
{
	must_do(set_theirs, r, 0);
	for (unsigned i = 0; i < PEERS / 2; i++)
		must_do(set_peer, r, i);
	must_do(move, r, 0);
	for (unsigned i = PEERS / 2; i < PEERS; i++)
		must_do(set_peer, r, i % 150);
	for (unsigned i = 0; i < 50; i++)
		must_do(del_peer, r, i);
	event_base_loop(r->env.base, EVLOOP_NONBLOCK);
	nomem_end();
	if (r->failures == 0)
		check_flow(r);
	else
		assert_int_equal(r->failed_err, -ENOMEM);
}

/* Was there so much memory to ask for? */
static bool
fail_at(const struct mode *mode, long n)
{
	struct rig *r = test_calloc(1, sizeof(*r));
	int rc;

	rig_open(r, mode);
	ops()->close(r->backend);
	r->peer = socket_at(SOCK_DGRAM, 0, PEER, PORT);
	nomem_begin((unsigned long)n);
	rc = ops()->open(&r->env, &r->backend);
	if (rc == 0) {
		rc = rig_attach(r, place());
		if (rc == 0)
			live(r);
		ops()->close(r->backend);
	}
	assert_true(rc == 0 || (rc == -ENOMEM && nomem_ended));
	nomem_end();
	close(r->peer);
	event_base_free(r->env.base);
	assert_int_equal(if_nametoindex("rudder0"), 0);
	test_free(r);
	return nomem_ended;
}

static void
test_each_allocation_may_fail(void **state)
{
	long n = 1;

	while (fail_at(*state, n))
		n++;
	assert_true(n > 20);
}

int
main(void)
{
	static const struct mode modes[] = { { "no workers", "0", NULL },
		{ "a worker", "1", NULL },
		{ "two workers, one by one", "2", "offloads" } };
	static const struct CMUnitTest cases[] = {
		{ "each allocation may fail", test_each_allocation_may_fail,
		    NULL, NULL, NULL },
	};

	if (!rig_may_run())
		return 0;
	event_set_mem_functions(__wrap_malloc, on_realloc, free);
	return RUN_IN_MODES(cases, modes);
}
