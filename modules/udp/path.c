/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path is lanes (lane.h), and who drives them: workers (worker.h), or the
 * embedder's event loop, on which this file is in any case.
 *
 * The table here is not on any packet's way. It knows what the lanes will
 * know, so that the embedder can be told at once that a route is not there,
 * and so that new lanes can be told all of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "lane.h"
#include "meter.h"
#include "path.h"
#include "worker.h"

struct path {
	const struct rudder_env *env;
	struct lane *lane; /* without workers, and then it has the routes */
	struct leases leases;
	struct meters meters;
	struct worker **workers;
	unsigned n_workers;
	struct mailbox reports;
	struct event *has_reports;
	bool dead;
	void (*gone)(void *arg);
	void *gone_arg;
	uint64_t past[N_COUNTERS]; /* of lanes that have ended */
};

/* ---- What the lanes have to say ---------------------------------------- */

static void
died(void *arg, int err, const char *why)
{
	struct path *p = arg;

	if (p->dead)
		return;
	p->dead = true;
	p->env->failed(p->env, err, why);
}

static void
gone(void *arg)
{
	struct path *p = arg;

	p->gone(p->gone_arg);
}

static void
debug(void *arg, const char *line)
{
	struct path *p = arg;

	p->env->log(p->env, RUDDER_DEBUG, "%s", line);
}

static uint64_t
now(void *arg)
{
	struct path *p = arg;

	return p->env->now(p->env);
}

static void
on_reports(evutil_socket_t fd, short what, void *arg)
{
	struct path *p = arg;
	struct letter *next, *l = mailbox_take(&p->reports);

	(void)fd;
	(void)what;
	for (; l != NULL; l = next) {
		struct report *r = (struct report *)l;

		next = l->next;
		if (r->kind == REPORT_LINE)
			debug(p, r->text);
		else if (r->kind == REPORT_GONE)
			gone(p);
		else
			died(p, r->err, r->text);
		free(r);
	}
}

/* ---- Its life --------------------------------------------------------- */

static struct lane_config
lane_config(const struct path *p, const struct path_config *cfg, unsigned i)
{
	return (struct lane_config){ .place = cfg->place,
		.offload = cfg->offload,
		.leases = &p->leases,
		.pmtu = cfg->pmtu,
		.rx_check = cfg->rx_check,
		.index = i,
		.tun = cfg->tun[i],
		.udp = cfg->udp[i] };
}

static int
open_here(struct path *p, const struct lane_kind *kind,
    const struct path_config *path_cfg)
{
	struct lane_config cfg = lane_config(p, path_cfg, 0);

	cfg.base = p->env->base;
	cfg.owner = (struct lane_owner){
		.arg = p, .now = now, .debug = debug, .died = died, .gone = gone
	};
	int rc = lane_open(&p->lane, kind, &cfg);

	if (rc == 0)
		leases_fini(&p->leases);
	return rc;
}

static int
watch_reports(struct path *p)
{
	int rc = mailbox_init(&p->reports);

	if (rc < 0)
		return rc;
	p->has_reports = event_new(
	    p->env->base, p->reports.fd, EV_READ | EV_PERSIST, on_reports, p);
	if (p->has_reports == NULL || event_add(p->has_reports, NULL) < 0)
		return -ENOMEM;
	return 0;
}

static int
start_workers(struct path *p, const struct lane_kind *kind,
    const struct path_config *path_cfg)
{
	int rc = 0;

	p->workers = calloc(path_cfg->workers, sizeof(*p->workers));
	if (p->workers == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < path_cfg->workers && rc == 0; i++) {
		struct lane_config cfg = lane_config(p, path_cfg, i);

		rc = worker_start(&p->workers[i], kind, &cfg, &p->reports);
		if (rc == 0)
			p->n_workers++;
	}
	return rc;
}

int
path_open(struct path **path, const struct rudder_env *env, unsigned lanes)
{
	struct path *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return -ENOMEM;
	p->env = env;
	p->reports.fd = -1;
	meters_init(&p->meters, lanes);
	rc = watch_reports(p);
	if (rc < 0) {
		path_close(p);
		return rc;
	}
	*path = p;
	return 0;
}

int
path_start(struct path *p, const struct path_config *cfg)
{
	const struct lane_kind *kind =
	    cfg->offload.vnet ? &fast_kind : &simple_kind;
	int rc;

	p->dead = false;
	p->gone = cfg->gone;
	p->gone_arg = cfg->gone_arg;
	if (cfg->workers == 0)
		rc = open_here(p, kind, cfg);
	else
		rc = start_workers(p, kind, cfg);
	if (rc < 0)
		path_stop(p);
	return rc;
}

static void
free_all(struct letter *l)
{
	struct letter *next;

	for (; l != NULL; l = next) {
		next = l->next;
		free(l);
	}
}

static void
forget_reports(struct path *p)
{
	if (p->has_reports != NULL)
		event_free(p->has_reports);
	mailbox_fini(&p->reports);
}

static void
stop_workers(struct path *p)
{
	for (unsigned i = 0; i < p->n_workers; i++)
		worker_stop(p->workers[i], p->past);
	free(p->workers);
	p->workers = NULL;
	p->n_workers = 0;
}

static void
close_lane(struct path *p)
{
	if (p->lane == NULL)
		return;
	counters_sum(p->past, &p->lane->counters);
	p->leases = p->lane->leases;
	p->lane->leases = (struct leases){ .routes.n = 0 };
	lane_close(p->lane);
	p->lane = NULL;
}

/* What lanes had to say that are no more is of no interest. */
void
path_stop(struct path *p)
{
	if (p == NULL)
		return;
	stop_workers(p);
	close_lane(p);
	if (p->reports.fd >= 0)
		free_all(mailbox_take(&p->reports));
}

void
path_close(struct path *p)
{
	if (p == NULL)
		return;
	path_stop(p);
	forget_reports(p);
	leases_fini(&p->leases);
	meters_fini(&p->meters);
	free(p);
}

/* ---- Routes ----------------------------------------------------------- */

/* The same order for each worker. */
static int
copy_order(const struct path *p, const struct order *order, struct letter **all)
{
	struct order *o;

	*all = NULL;
	for (unsigned i = 0; i < p->n_workers; i++) {
		o = malloc(sizeof(*o));
		if (o == NULL) {
			free_all(*all);
			return -ENOMEM;
		}
		*o = *order;
		o->letter.next = *all;
		*all = &o->letter;
	}
	return 0;
}

static void
order_all(struct path *p, struct letter *l)
{
	struct letter *next;

	for (unsigned i = 0; i < p->n_workers; i++, l = next) {
		next = l->next;
		worker_order(p->workers[i], (struct order *)l);
	}
}

static int
change(struct leases *l, const struct order *o)
{
	return o->set ? leases_set_metered(l, o->subnet, o->host, o->meter)
		      : leases_del(l, o->subnet);
}

/* Whatever can fail is done first. */
static int
obey(struct path *p, const struct order *o)
{
	struct letter *all;
	int rc;

	if (p->lane != NULL)
		return change(&p->lane->leases, o);
	rc = copy_order(p, o, &all);
	if (rc < 0)
		return rc;
	rc = change(&p->leases, o);
	if (rc == 0)
		order_all(p, all);
	else
		free_all(all);
	return rc;
}

int
path_route_set(struct path *p, struct rudder_net subnet, uint32_t endpoint)
{
	const struct order o = {
		.subnet = subnet,
		.host = endpoint,
		.set = true,
		.meter = meters_begin(&p->meters, subnet, endpoint, now(p)),
	};

	if (o.meter == NULL)
		return -ENOMEM;
	return obey(p, &o);
}

int
path_route_del(struct path *p, struct rudder_net subnet)
{
	const struct order o = { .subnet = subnet, .set = false };

	return obey(p, &o);
}

/* ---- Counters --------------------------------------------------------- */

void
path_count(struct path *p, enum counter which, uint64_t n)
{
	p->past[which] += n;
}

uint64_t
path_counted(const struct path *p, enum counter which)
{
	return p->past[which];
}

size_t
path_stats(const struct path *p, struct rudder_stat *stats, size_t n)
{
	uint64_t sum[N_COUNTERS] = { 0 };

	if (p != NULL) {
		memcpy(sum, p->past, sizeof(sum));
		if (p->lane != NULL)
			counters_sum(sum, &p->lane->counters);
		for (unsigned i = 0; i < p->n_workers; i++)
			counters_sum(sum, worker_counters(p->workers[i]));
	}
	return counters_write(sum, stats, n);
}

size_t
path_peer_stats(const struct path *p, struct rudder_net subnet,
    struct rudder_stat *stats, size_t n)
{
	if (p == NULL)
		return 0;
	return meters_write(&p->meters, subnet, p->env->now(p->env), stats, n);
}
