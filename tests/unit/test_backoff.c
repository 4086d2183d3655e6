/* SPDX-License-Identifier: Apache-2.0 */
#include "../check.h"
#include "backoff.h"

static void
test_grows_to_the_limit_and_stays(void **state)
{
	static const unsigned mean[] = { 100, 200, 400, 800, 1600, 3200, 5000,
		5000, 5000 };
	struct backoff low = { 0 }, high = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(mean) / sizeof(mean[0]); i++) {
		assert_int_equal(backoff_next(&low, 0), mean[i] - mean[i] / 4);
		assert_int_equal(
		    backoff_next(&high, mean[i] / 2), mean[i] + mean[i] / 4);
	}
}

static void
test_starts_over(void **state)
{
	struct backoff b = { .tries = UINT32_MAX };

	(void)state;
	assert_int_equal(backoff_next(&b, 0), 3750);
	b.tries = 0;
	assert_int_equal(backoff_next(&b, 0), 75);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_to_the_limit_and_stays),
		cmocka_unit_test(test_starts_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
