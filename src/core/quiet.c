/* SPDX-License-Identifier: Apache-2.0 */
#include "quiet.h"

bool
quiet_may_say(struct quiet *q, uint64_t now, unsigned *unsaid)
{
	if (now - q->since >= QUIET_MS) {
		q->said = 0;
		q->since = now;
	}
	if (q->said == QUIET_LINES) {
		q->unsaid++;
		return false;
	}
	q->said++;
	*unsaid = q->unsaid;
	q->unsaid = 0;
	return true;
}
