/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a route: the embedder's thread writes an order and rings. If
 * the worker is asleep that wakes it; if it is busy it looks, after each read
 * from the TUN, whether there is an order, which is one load of a variable
 * that is in its cache. So there is no lock on a packet's way, and yet no
 * packet that came later than the order overtakes it; nor can traffic starve
 * it (F37).
 *
 * The story of the end: the last order says so, and the embedder's thread
 * waits. The worker stops at the end of its turn; it never waits for anybody,
 * so the two cannot wait for each other.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "timeslice.h"
#include "worker.h"

enum { URGENT, ROUTINE, N_PRIORITIES };

struct worker {
	struct event_base *base;
	struct event *has_orders;
	struct lane *lane;
	struct mailbox orders;
	struct mailbox *reports;
	pthread_t thread;
	struct letter stop; /* the last order */
};

/* ---- On the worker's thread: reports ---------------------------------- */

static void
report(struct worker *w, int kind, int err, const char *text)
{
	struct report *r = malloc(sizeof(*r));

	if (r == NULL)
		return;
	r->kind = kind;
	r->err = err;
	snprintf(r->text, sizeof(r->text), "%s", text);
	mailbox_put(w->reports, &r->letter);
}

static uint64_t
worker_now(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
worker_debug(void *arg, const char *line)
{
	report(arg, REPORT_LINE, 0, line);
}

static void
worker_died(void *arg, int err, const char *why)
{
	report(arg, REPORT_DIED, err, why);
}

static void
worker_gone(void *arg)
{
	report(arg, REPORT_GONE, 0, "");
}

/* ---- On the worker's thread: orders ------------------------------------ */

static void
obey(struct worker *w, const struct order *o)
{
	int rc = 0;

	if (o->set)
		rc = leases_set_metered(
		    &w->lane->leases, o->subnet, o->host, o->meter);
	else
		leases_del(&w->lane->leases, o->subnet);
	if (rc < 0)
		report(w, REPORT_DIED, rc,
		    "the udp data path has no memory for a route");
}

static void
obey_all(struct worker *w)
{
	struct letter *next, *l = mailbox_take(&w->orders);

	for (; l != NULL; l = next) {
		next = l->next;
		if (l == &w->stop) {
			event_base_loopbreak(w->base);
			continue;
		}
		obey(w, (struct order *)l);
		free(l);
	}
}

static void
worker_control(void *arg)
{
	struct worker *w = arg;

	if (mailbox_any(&w->orders))
		obey_all(w);
}

static void
on_orders(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	obey_all(arg);
}

static void *
run(void *arg)
{
	struct worker *w = arg;

	timeslice_lengthen();
	event_base_dispatch(w->base);
	return NULL;
}

/* ---- On the embedder's thread ----------------------------------------- */

/* Nobody else uses it: it needs no locks. */
static struct event_base *
new_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;

	if (cfg == NULL)
		return NULL;
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (base != NULL && event_base_priority_init(base, N_PRIORITIES) < 0) {
		event_base_free(base);
		return NULL;
	}
	return base;
}

static int
watch_orders(struct worker *w)
{
	int rc = mailbox_init(&w->orders);

	if (rc < 0)
		return rc;
	w->has_orders = event_new(
	    w->base, w->orders.fd, EV_READ | EV_PERSIST, on_orders, w);
	if (w->has_orders == NULL)
		return -ENOMEM;
	event_priority_set(w->has_orders, URGENT);
	return event_add(w->has_orders, NULL) < 0 ? -ENOMEM : 0;
}

static int
open_lane(struct worker *w, const struct lane_kind *kind,
    const struct lane_config *config)
{
	struct lane_config cfg = *config;

	cfg.base = w->base;
	cfg.owner = (struct lane_owner){ .arg = w,
		.now = worker_now,
		.debug = worker_debug,
		.died = worker_died,
		.gone = worker_gone,
		.control = worker_control };
	return lane_open(&w->lane, kind, &cfg);
}

static int
start_thread(struct worker *w)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

/* Of a worker whose thread does not run; accepts what is half built. */
static void
discard(struct worker *w)
{
	lane_close(w->lane);
	if (w->has_orders != NULL)
		event_free(w->has_orders);
	mailbox_fini(&w->orders);
	if (w->base != NULL)
		event_base_free(w->base);
	free(w);
}

int
worker_start(struct worker **worker, const struct lane_kind *kind,
    const struct lane_config *cfg, struct mailbox *reports)
{
	struct worker *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return -ENOMEM;
	w->reports = reports;
	w->orders.fd = -1;
	w->base = new_base();
	rc = w->base == NULL ? -ENOMEM : watch_orders(w);
	if (rc == 0)
		rc = open_lane(w, kind, cfg);
	if (rc == 0)
		rc = start_thread(w);
	if (rc < 0) {
		discard(w);
		return rc;
	}
	*worker = w;
	return 0;
}

void
worker_stop(struct worker *w, uint64_t sum[N_COUNTERS])
{
	mailbox_put(&w->orders, &w->stop);
	pthread_join(w->thread, NULL);
	counters_sum(sum, &w->lane->counters);
	discard(w);
}

void
worker_order(struct worker *w, struct order *o)
{
	mailbox_put(&w->orders, &o->letter);
}

const struct counters *
worker_counters(const struct worker *w)
{
	return &w->lane->counters;
}
