/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the leases that overlap are in force, in whatever order they came. */
#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "quiet.h"
#include "roster.h"

#define SUBNET_LEN 24
#define LEASES 24

struct lease {
	struct rudder_net subnet;
	uint64_t created;
};

static struct rudder_net
net(const char *text)
{
	struct rudder_net n;

	assert_int_equal(net_parse_cidr(text, &n), 0);
	return n;
}

static void
put(struct roster *r, const struct lease *l)
{
	struct peer *peer = roster_add(r, l->subnet);

	assert_non_null(peer);
	peer->created = l->created;
	assert_int_equal(roster_judge(r, SUBNET_LEN), 0);
}

static bool
in_force(const struct roster *r, struct rudder_net subnet)
{
	const struct peer *peer = roster_find(r, subnet);

	assert_non_null(peer);
	return peer->in_force;
}

/* ---- One rule after the other ----------------------------------------------- */

static void
expect(const char *own, struct lease a, struct lease b, bool a_in, bool b_in)
{
	for (int order = 0; order < 2; order++) {
		struct roster r;

		roster_init(&r, net(own));
		put(&r, order == 0 ? &a : &b);
		put(&r, order == 0 ? &b : &a);
		assert_int_equal(in_force(&r, a.subnet), a_in);
		assert_int_equal(in_force(&r, b.subnet), b_in);
		roster_fini(&r);
	}
}

static void
test_what_goes_before(void **state)
{
	struct lease fits = { net("10.1.5.0/24"), 9 };
	struct lease inside = { net("10.1.5.128/25"), 1 };
	struct lease around = { net("10.1.4.0/22"), 1 };
	struct lease wide = { net("10.1.4.0/23"), 2 };
	struct lease apart = { net("10.1.9.64/26"), 1 };

	(void)state;
	expect("10.1.200.0/24", fits, inside, true, false);
	expect("10.1.200.0/24", fits, around, true, false);
	expect("10.1.200.0/24", fits, apart, true, true);
	expect("10.1.200.0/24", around, wide, true, false);
	wide.created = 1;
	expect("10.1.200.0/24", around, wide, true, false);
	wide.created = 0;
	expect("10.1.200.0/24", around, wide, false, true);
	/* Ours. */
	expect("10.1.5.0/24", inside, around, false, false);
	expect("10.1.5.0/25", fits, inside, false, true);
}

/* The one that was beaten comes back when there is nobody else. */
static void
test_the_winner_goes(void **state)
{
	struct lease fits = { net("10.1.5.0/24"), 9 };
	struct lease inside = { net("10.1.5.128/25"), 1 };
	struct roster r;

	(void)state;
	roster_init(&r, net("10.1.200.0/24"));
	put(&r, &inside);
	while (roster_next_change(&r) != NULL)
		continue;
	put(&r, &fits);
	assert_ptr_equal(roster_find(&r, inside.subnet)->beaten_by,
	    roster_find(&r, fits.subnet));
	assert_ptr_equal(roster_next_change(&r), roster_find(&r, fits.subnet));
	assert_ptr_equal(
	    roster_next_change(&r), roster_find(&r, inside.subnet));
	assert_null(roster_next_change(&r));
	roster_drop(&r, roster_find(&r, fits.subnet));
	assert_int_equal(roster_judge(&r, SUBNET_LEN), 0);
	assert_true(in_force(&r, inside.subnet));
	assert_ptr_equal(
	    roster_next_change(&r), roster_find(&r, inside.subnet));
	roster_fini(&r);
}

/* It came among others that went again before anybody judged. */
static void
test_what_came_with_another_that_went(void **state)
{
	struct lease fits = { net("10.1.5.0/24"), 9 };
	struct lease wide = { net("10.1.8.0/22"), 1 };
	struct roster r;

	(void)state;
	roster_init(&r, net("10.1.200.0/24"));
	assert_non_null(roster_add(&r, wide.subnet));
	assert_non_null(roster_add(&r, fits.subnet));
	roster_drop(&r, roster_find(&r, wide.subnet));
	assert_int_equal(roster_judge(&r, SUBNET_LEN), 0);
	assert_true(in_force(&r, fits.subnet));
	roster_fini(&r);
}

/* ---- Any leases, in any order ------------------------------------------------ */

static int
by_rule(const void *a, const void *b)
{
	const struct lease *x = a, *y = b;
	int fits =
	    (y->subnet.len == SUBNET_LEN) - (x->subnet.len == SUBNET_LEN);

	if (fits != 0)
		return fits;
	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	if (x->subnet.addr != y->subnet.addr)
		return x->subnet.addr < y->subnet.addr ? -1 : 1;
	return x->subnet.len - y->subnet.len;
}

/* As the header says it, one after the other and each against each. */
static void
check(const struct roster *r, struct rudder_net own, struct lease *l, size_t n)
{
	bool wins[LEASES];

	qsort(l, n, sizeof(*l), by_rule);
	for (size_t i = 0; i < n; i++) {
		wins[i] = !net_overlap(l[i].subnet, own);
		for (size_t j = 0; j < i; j++)
			wins[i] &=
			    !wins[j] || !net_overlap(l[i].subnet, l[j].subnet);
		assert_int_equal(in_force(r, l[i].subnet), wins[i]);
	}
}

static struct lease
any_lease(void)
{
	uint8_t len = (uint8_t)(18 + rand() % 12);
	uint32_t addr = 0x0a010000 + (uint32_t)(rand() % 0x4000);

	return (struct lease){ { addr & net_mask(len), len },
		(uint64_t)(rand() % 5) };
}

static void
live(unsigned seed)
{
	const struct rudder_net own = { 0x0a010100, 24 };
	struct lease leases[LEASES];
	struct roster r;
	size_t n = 0, i;

	srand(seed);
	roster_init(&r, own);
	for (int turn = 0; turn < 200; turn++) {
		struct lease l = any_lease();

		if (n == LEASES || (n > 0 && rand() % 3 == 0)) {
			i = (size_t)rand() % n;
			roster_drop(&r, roster_find(&r, leases[i].subnet));
			leases[i] = leases[--n];
			assert_int_equal(roster_judge(&r, SUBNET_LEN), 0);
		} else if (!net_equal(l.subnet, own) &&
			   roster_find(&r, l.subnet) == NULL) {
			put(&r, &l);
			leases[n++] = l;
		}
		check(&r, own, leases, n);
	}
	roster_fini(&r);
}

static void
test_the_order_does_not_matter(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 50; seed++)
		live(seed);
}

/* ---- Lines that others can provoke ------------------------------------------- */

static void
test_few_lines_in_ten_seconds(void **state)
{
	struct quiet q = { 0 };
	unsigned said = 0, unsaid = 7;

	(void)state;
	for (uint64_t now = 100000; now < 130000; now++)
		said += quiet_may_say(&q, now, &unsaid);
	assert_int_equal(said, 3 * QUIET_LINES);
	assert_true(quiet_may_say(&q, 130000, &unsaid));
	assert_int_equal(unsaid, QUIET_MS - QUIET_LINES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_goes_before),
		cmocka_unit_test(test_the_winner_goes),
		cmocka_unit_test(test_what_came_with_another_that_went),
		cmocka_unit_test(test_the_order_does_not_matter),
		cmocka_unit_test(test_few_lines_in_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
