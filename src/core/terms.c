/* SPDX-License-Identifier: Apache-2.0 */
#include "terms.h"

int64_t
terms_left_ms(int64_t seconds)
{
	return (seconds < INT32_MAX ? seconds : INT32_MAX) * 1000;
}

uint64_t
terms_renewal_ms(const struct lease_terms *t, int64_t left, uint32_t random)
{
	int64_t all = t->ttl * INT64_C(1000), spread = all / 10;
	int64_t due = terms_left_ms(left) - all * 2 / 3;

	due += (int64_t)((uint64_t)random * (uint64_t)spread >> 32);
	due -= spread / 2;
	return due > 0 ? (uint64_t)due : 0;
}
