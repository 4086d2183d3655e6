/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - time, and timers that tests can run at any speed.
 *
 * Time is in milliseconds of CLOCK_BOOTTIME: nobody sets it, and it goes on
 * while the machine sleeps, so that a lease that ran out meanwhile is known
 * to have run out.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <event2/event_struct.h>

struct timer;

struct clock {
	uint64_t (*now)(struct clock *);
	void (*arm)(struct clock *, struct timer *); /* for timer->due */
	void (*disarm)(struct clock *, struct timer *);
	struct event_base *base; /* of the real one */
	bool stopped;		 /* no timer fires any more */
};

struct timer {
	struct clock *clock;
	void (*on_due)(void *arg);
	void *arg;
	uint64_t due; /* 0: not set */
	struct event event;
};

/* The real one, on an event_base that outlives it. Owns nothing. */
void clock_init(struct clock *, struct event_base *);

static inline uint64_t
clock_now(struct clock *c)
{
	return c->now(c);
}

/* A timer is set for one call; setting it anew moves it. It cannot fail. */
void timer_init(
    struct timer *, struct clock *, void (*on_due)(void *), void *arg);
void timer_set(struct timer *, uint64_t ms);
void timer_stop(struct timer *);

/* For clocks: the timer is not set any more, and its owner hears of it. */
void timer_fire(struct timer *);

static inline bool
timer_is_set(const struct timer *t)
{
	return t->due != 0;
}

#endif
