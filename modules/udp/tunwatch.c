/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "tunwatch.h"

/*
 * After a hint: what comes at once is looked at at once. And when something
 * had to be put back: somebody may be at work there, and may not give in.
 */
static const struct timeval soon = { 0, 50 * 1000 };
static const struct timeval later = { 0, 300 * 1000 };

/* Without a hint. */
static const struct timeval always = { 10, 0 };

/* Messages that one wake-up takes: then the event loop looks for other work. */
#define BUDGET 64

struct tunwatch {
	struct tunwatch_config cfg;
	struct nl_sock *nl;
	struct event *has_news;
	struct event *timer;
	bool hinted;
	bool had_work; /* the last look has put something back */
	unsigned ifindex;
	struct rudder_net network;
};

/* ---- What the kernel says ---------------------------------------------- */

static bool
is_our_route(const struct tunwatch *w, struct nlmsghdr *h)
{
	const struct rtmsg *m = nlmsg_data(h);
	struct nlattr *dst = nlmsg_find_attr(h, sizeof(*m), RTA_DST);
	uint32_t addr = 0;

	if (m->rtm_family != AF_INET || m->rtm_dst_len != w->network.len)
		return false;
	if (dst != NULL)
		memcpy(&addr, nla_data(dst), sizeof(addr));
	return ntohl(addr) == w->network.addr;
}

static bool
is_ours(const struct tunwatch *w, struct nlmsghdr *h)
{
	const struct ifinfomsg *link = nlmsg_data(h);
	const struct ifaddrmsg *addr = nlmsg_data(h);

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return (unsigned)link->ifi_index == w->ifindex;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return addr->ifa_index == w->ifindex;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return is_our_route(w, h);
	}
	return false;
}

static int
on_message(struct nl_msg *msg, void *arg)
{
	struct tunwatch *w = arg;

	if (is_ours(w, nlmsg_hdr(msg)))
		tunwatch_hint(w);
	return NL_OK;
}

/* What is lost, as of a full buffer (ENOBUFS), may have been ours. */
static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	struct tunwatch *w = arg;
	int left = BUDGET, rc;

	(void)fd;
	(void)what;
	do
		rc = nl_recvmsgs_default(w->nl);
	while (rc >= 0 && --left > 0);
	if (rc < 0 && rc != -NLE_AGAIN)
		tunwatch_hint(w);
}

/* ---- The time to look -------------------------------------------------- */

void
tunwatch_hint(struct tunwatch *w)
{
	if (w->hinted)
		return;
	w->hinted = true;
	event_add(w->timer, w->had_work ? &later : &soon);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct tunwatch *w = arg;
	bool hint = w->hinted;

	(void)fd;
	(void)what;
	w->hinted = false;
	w->had_work = w->cfg.look(w->cfg.arg, hint);
	if (!w->hinted)
		event_add(w->timer, &always);
}

/* ---- Its life ---------------------------------------------------------- */

static int
listen_to_kernel(struct tunwatch *w)
{
	w->nl = nl_socket_alloc();
	if (w->nl == NULL)
		return -ENOMEM;
	nl_socket_disable_seq_check(w->nl);
	nl_socket_modify_cb(w->nl, NL_CB_VALID, NL_CB_CUSTOM, on_message, w);
	if (nl_connect(w->nl, NETLINK_ROUTE) < 0 ||
	    nl_socket_set_nonblocking(w->nl) < 0 ||
	    nl_socket_add_memberships(w->nl, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV4_ROUTE, 0) < 0)
		return errno > 0 ? -errno : -EIO;
	return 0;
}

static int
watch_events(struct tunwatch *w)
{
	w->has_news = event_new(w->cfg.base, nl_socket_get_fd(w->nl),
	    EV_READ | EV_PERSIST, on_news, w);
	w->timer = evtimer_new(w->cfg.base, on_time, w);
	if (w->has_news == NULL || w->timer == NULL ||
	    event_add(w->has_news, NULL) < 0 ||
	    event_add(w->timer, &always) < 0)
		return -ENOMEM;
	return 0;
}

int
tunwatch_open(struct tunwatch **watch, const struct tunwatch_config *cfg)
{
	struct tunwatch *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return -ENOMEM;
	w->cfg = *cfg;
	rc = listen_to_kernel(w);
	if (rc == 0)
		rc = watch_events(w);
	if (rc < 0) {
		tunwatch_close(w);
		return rc;
	}
	*watch = w;
	return 0;
}

void
tunwatch_close(struct tunwatch *w)
{
	if (w == NULL)
		return;
	if (w->timer != NULL)
		event_free(w->timer);
	if (w->has_news != NULL)
		event_free(w->has_news);
	nl_socket_free(w->nl);
	free(w);
}

void
tunwatch_aim(struct tunwatch *w, unsigned ifindex, struct rudder_net network)
{
	w->ifindex = ifindex;
	w->network = network;
}
