/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "clock.h"

/*
 * libevent's own clock stands still while the machine sleeps. No wait is
 * longer than this, so that a timer is late by this much after a sleep.
 */
#define SLICE_MS 60000

void
timer_init(struct timer *t, struct clock *c, void (*on_due)(void *), void *arg)
{
	*t = (struct timer){ .clock = c, .on_due = on_due, .arg = arg };
}

void
timer_set(struct timer *t, uint64_t ms)
{
	timer_stop(t);
	t->due = clock_now(t->clock) + ms;
	t->clock->arm(t->clock, t);
}

void
timer_stop(struct timer *t)
{
	if (timer_is_set(t))
		t->clock->disarm(t->clock, t);
	t->due = 0;
}

void
timer_fire(struct timer *t)
{
	t->due = 0;
	if (!t->clock->stopped)
		t->on_due(t->arg);
}

static uint64_t
real_now(struct clock *c)
{
	struct timespec ts;

	(void)c;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/*
 * Where there is no memory for the wait there is none: it is over at once,
 * and the owner, or on_slice, tries again. Nothing is forgotten.
 */
static void
wait_slice(struct timer *t)
{
	uint64_t now = clock_now(t->clock);
	uint64_t ms = t->due > now ? t->due - now : 0;
	struct timeval tv;

	if (ms > SLICE_MS)
		ms = SLICE_MS;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	if (event_add(&t->event, &tv) < 0)
		event_active(&t->event, EV_TIMEOUT, 0);
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;

	(void)fd;
	(void)what;
	if (clock_now(t->clock) < t->due)
		wait_slice(t);
	else
		timer_fire(t);
}

static void
real_arm(struct clock *c, struct timer *t)
{
	event_assign(&t->event, c->base, -1, 0, on_slice, t);
	wait_slice(t);
}

static void
real_disarm(struct clock *c, struct timer *t)
{
	(void)c;
	event_del(&t->event);
}

void
clock_init(struct clock *c, struct event_base *base)
{
	*c = (struct clock){
		.now = real_now,
		.arm = real_arm,
		.disarm = real_disarm,
		.base = base,
	};
}
