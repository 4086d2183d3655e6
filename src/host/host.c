/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"
#include "watch.h"

static int
read_facts(struct host *h, struct facts *f, char why[ERROR_WHY])
{
	(void)h;
	return facts_read(f, why);
}

static int
open_watch(struct host *h)
{
	(void)h;
	return watch_open();
}

void
host_init(struct host *h)
{
	*h = (struct host){ .facts = read_facts, .watch = open_watch };
}
