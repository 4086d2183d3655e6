/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "error.h"
#include "net.h"
#include "underlay.h"
#include "watch.h"

/* Lines about addresses that were not chosen; a machine may have thousands. */
#define CANDIDATES 16

static void on_look(void *arg);
static void on_news(evutil_socket_t fd, short what, void *arg);

void
underlay_init(struct underlay *u, struct context *ctx, void *arg)
{
	*u = (struct underlay){ .ctx = ctx, .watch = -1, .arg = arg };
	retry_init(&u->retry, ctx, "iface", u);
	timer_init(&u->look, &ctx->clock, on_look, u);
}

void
underlay_stop(struct underlay *u)
{
	u->stopped = true;
	retry_stop(&u->retry);
	timer_stop(&u->look);
	if (u->watch < 0)
		return;
	event_del(&u->news);
	close(u->watch);
	u->watch = -1;
}

void
underlay_fini(struct underlay *u)
{
	facts_free(&u->facts);
	u->facts = (struct facts){ 0 };
}

/* ---- News ----------------------------------------------------------------- */

/* Without a watch the looks that come anyway have to do. */
static void
open_watch(struct underlay *u)
{
	struct host *host = &u->ctx->host;

	u->watch = host->watch(host);
	if (u->watch >= 0 &&
	    event_assign(&u->news, u->ctx->clock.base, u->watch,
		EV_READ | EV_PERSIST, on_news, u) == 0 &&
	    event_add(&u->news, NULL) == 0)
		return;
	context_log(u->ctx, WARNING,
	    "iface: changes are seen late, the kernel does not tell of them: "
	    "%s",
	    u->watch < 0 ? error_text(u->watch) : "no memory");
	if (u->watch >= 0)
		close(u->watch);
	u->watch = -1;
}

/* ---- Choosing --------------------------------------------------------------- */

/* Why it is not one of the others. */
static void
say_candidates(const struct underlay *u, const struct facts *f)
{
	const struct facts_addr *a = f->addrs, *end = a + f->n_addrs;
	unsigned n = 0;

	for (; a < end; a++) {
		const char *why = link_passed_over(&u->link, f, u->iface, a);
		const struct facts_link *l = facts_link(f, a->ifindex);
		char ip[NET_TEXT];

		if (why == NULL || l == NULL || a->ip >> 24 == 127)
			continue;
		if (n++ < CANDIDATES)
			context_log(u->ctx, INFO,
			    "iface: passed over %s, address %s: %s", l->name,
			    net_ip(ip, a->ip), why);
	}
	if (n > CANDIDATES)
		context_log(
		    u->ctx, INFO, "iface: passed over %u more", n - CANDIDATES);
}

static void
say_link(const struct underlay *u, const char *what)
{
	const struct link *l = &u->link;
	char ip[NET_TEXT];

	context_log(u->ctx, INFO, "iface: %s%s, address %s, MTU %u: %s", what,
	    l->name, net_ip(ip, l->ip), l->mtu, l->reason);
}

/* `aloud`: with the candidates, but not at each of many tries. */
static int
choose(struct underlay *u, struct link *link, bool aloud, char why[ERROR_WHY])
{
	struct host *host = &u->ctx->host;
	struct facts f;
	int rc = host->facts(host, &f, why);

	if (rc < 0) {
		facts_free(&f);
		return rc;
	}
	facts_free(&u->facts);
	u->facts = f;
	rc = link_choose(link, &f, u->iface, u->own, why);
	if (aloud && rc == 0)
		say_link(u, "");
	if (aloud && (rc == 0 || u->retry.since == 0))
		say_candidates(u, &f);
	return rc;
}

/* ---- Finding ---------------------------------------------------------------- */

static void
find(void *arg)
{
	struct underlay *u = arg;
	char why[ERROR_WHY];
	int rc;

	retry_stop(&u->retry);
	rc = choose(u, &u->link, true, why);
	if (rc == -EAGAIN || rc == -ENOMEM) {
		retry_later(&u->retry, why, find);
		return;
	}
	if (rc < 0) {
		u->on_failed(u->arg, rc, why);
		return;
	}
	retry_ok(&u->retry);
	u->found = true;
	timer_set(&u->look, LOOK_MS);
	u->on_found(u->arg);
}

void
underlay_find(struct underlay *u)
{
	open_watch(u);
	find(u);
}

/* ---- Following -------------------------------------------------------------- */

static void
stay(struct underlay *u, const char *why)
{
	char ip[NET_TEXT];

	if (!u->gone)
		context_log(u->ctx, WARNING,
		    "iface: %s with address %s is gone: %s; all stays as it "
		    "is until it is back or there is another",
		    u->link.name, net_ip(ip, u->link.ip), why);
	u->gone = true;
}

static void
move(struct underlay *u, const struct link *to)
{
	struct link from = u->link;
	char why[ERROR_WHY];
	int rc;

	u->link = *to;
	rc = u->on_moved(u->arg, &from, why);
	if (rc == 0) {
		u->gone = false;
		retry_ok(&u->retry);
		say_link(u, "now ");
		return;
	}
	u->link = from;
	if (!u->stopped)
		retry_later(&u->retry, why, on_look);
}

static void
look(struct underlay *u)
{
	struct link to = u->link;
	char why[ERROR_WHY];
	int rc;

	retry_stop(&u->retry);
	timer_set(&u->look, LOOK_MS);
	rc = choose(u, &to, false, why);
	if (rc < 0) {
		stay(u, why);
	} else if (!link_equal(&to, &u->link)) {
		move(u, &to);
	} else if (u->gone) {
		u->gone = false;
		say_link(u, "back: ");
	}
}

static void
on_look(void *arg)
{
	struct underlay *u = arg;

	u->soon = false;
	if (u->found)
		look(u);
	else
		find(u);
}

/* A later one must not put the look off: a busy machine always has news. */
static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	struct underlay *u = arg;

	(void)what;
	if (!watch_read(fd) || u->soon || u->ctx->stopped)
		return;
	u->soon = true;
	timer_set(&u->look, LOOK_SOON_MS);
}
