/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"
#include "leases.h"
#include "meter.h"

static const struct rudder_net subnet = { 0x0a010500, 24 };

#define HOST_A 1
#define HOST_B 2

static struct meters
two_lanes(void)
{
	struct meters ms;

	meters_init(&ms, 2);
	return ms;
}

static size_t
read_all(const struct meters *ms, uint64_t now, uint64_t values[5])
{
	struct rudder_stat stats[8];
	size_t n = meters_write(ms, subnet, now, stats, 8);

	for (size_t i = 0; i < n; i++)
		values[i] = stats[i].value;
	return n;
}

static void
test_all_lanes_are_added_up(void **state)
{
	struct meters ms = two_lanes();
	struct meter *m = meters_begin(&ms, subnet, HOST_A, 0);
	struct rudder_stat stats[2];
	uint64_t v[5];

	(void)state;
	assert_non_null(m);
	assert_int_equal(read_all(&ms, 5000, v), 4);
	meter_sent(meter_cell(m, 0), 3, 300);
	meter_sent(meter_cell(m, 1), 4, 400);
	meter_heard(meter_cell(m, 1), 1, 10, 2000);
	meter_heard(meter_cell(m, 0), 1, 20, 1000);
	assert_int_equal(read_all(&ms, 5000, v), 5);
	assert_int_equal(v[0], 7);
	assert_int_equal(v[1], 700);
	assert_int_equal(v[2], 2);
	assert_int_equal(v[3], 30);
	assert_int_equal(v[4], 3);
	assert_int_equal(meters_write(&ms, subnet, 5000, stats, 2), 5);
	assert_string_equal(stats[1].name, "tx_bytes");
	meters_fini(&ms);
}

static void
test_nothing_is_known_of_who_never_was_there(void **state)
{
	struct meters ms = two_lanes();
	uint64_t v[5];

	(void)state;
	assert_int_equal(read_all(&ms, 0, v), 0);
	meters_fini(&ms);
}

static void
test_a_host_counts_on_and_another_from_nothing(void **state)
{
	struct meters ms = two_lanes();
	struct meter *m = meters_begin(&ms, subnet, HOST_A, 0);
	uint64_t v[5];

	(void)state;
	meter_heard(meter_cell(m, 0), 2, 20, 1000);
	assert_ptr_equal(meters_begin(&ms, subnet, HOST_A, 1500), m);
	assert_int_equal(read_all(&ms, 5000, v), 5);
	assert_int_equal(v[2], 2);
	assert_ptr_equal(meters_begin(&ms, subnet, HOST_B, 2000), m);
	assert_int_equal(read_all(&ms, 5000, v), 4);
	assert_int_equal(v[2], 0);
	meter_heard(meter_cell(m, 1), 1, 10, 3000);
	assert_int_equal(read_all(&ms, 5000, v), 5);
	assert_int_equal(v[2], 1);
	assert_int_equal(v[4], 2);
	meters_fini(&ms);
}

/* Whatever else comes and goes in its table, and in a copy of it. */
static void
test_a_route_keeps_its_meter(void **state)
{
	struct meters ms = two_lanes();
	struct meter *m = meters_begin(&ms, subnet, HOST_A, 0);
	struct leases l = { .routes.n = 0 }, copy;

	(void)state;
	assert_int_equal(leases_set_metered(&l, subnet, HOST_A, m), 0);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(
		    leases_set(&l, (struct rudder_net){ i << 8, 24 }, 7), 0);
	assert_int_equal(leases_copy(&copy, &l), 0);
	for (uint32_t i = 0; i < 1000; i += 2)
		leases_del(&l, (struct rudder_net){ i << 8, 24 });
	assert_ptr_equal(routes_exact(&l.routes, subnet)->meter, m);
	assert_ptr_equal(routes_exact(&copy.routes, subnet)->meter, m);
	assert_null(routes_find(&copy.routes, 5 << 8)->meter);
	leases_fini(&copy);
	leases_fini(&l);
	meters_fini(&ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_lanes_are_added_up),
		cmocka_unit_test(test_nothing_is_known_of_who_never_was_there),
		cmocka_unit_test(
		    test_a_host_counts_on_and_another_from_nothing),
		cmocka_unit_test(test_a_route_keeps_its_meter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
