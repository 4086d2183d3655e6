/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "ipmasq.h"
#include "netfilter.h"
#include "ruleset.h"

/* Who changes many rules is left to end; who fights us gets a second. */
static const struct timeval soon = { 0, 100000 };
static const struct timeval later = { 1, 0 };

#define TABLE "table ip"
#define CHAIN "chain ip filter"

struct ipmasq {
	struct netfilter *netfilter;
	struct event *changed; /* NULL until there is something to keep */
	struct event *check;
	struct event_base *base;
	struct ipmasq_wish wish;
	ipmasq_say *say;
	void *arg;
	bool repaired; /* by the last check */
	struct rudder_net network;
	char name[RULESET_NAME];
	char rules[RULESET_TEXT]; /* our table, as it was asked for */
	char *table, *chain;	  /* ours, as nftables lists them */
	char why[IPMASQ_WHY];
};

/* ---- What is there ------------------------------------------------------ */

/* Of our name, one "table ip" or "chain ip filter". */
static const char *
list_ours(struct ipmasq *m, const char *what)
{
	char command[RULESET_NAME + 32];

	snprintf(command, sizeof(command), "list %s %s", what, m->name);
	return netfilter_list(m->netfilter, command, false);
}

/* What is listed now is what is looked for later. */
static const char *
keep(struct ipmasq *m, char **listing, const char *what)
{
	free(*listing);
	*listing = strdup(list_ours(m, what));
	return *listing == NULL ? "no memory" : NULL;
}

static bool
is_kept(struct ipmasq *m, const char *listing, const char *what)
{
	return listing != NULL && strcmp(list_ours(m, what), listing) == 0;
}

static void
read_chains(struct netfilter *netfilter, struct ruleset_chain chains[2],
    const char *name)
{
	static const char *const names[] = { "DOCKER-USER", "FORWARD" };
	char command[64];

	for (int i = 0; i < 2; i++) {
		snprintf(command, sizeof(command), "list chain ip filter %s",
		    names[i]);
		chains[i].name = names[i];
		ruleset_read(
		    &chains[i], netfilter_list(netfilter, command, true), name);
	}
}

static bool
is_forwarding(struct ipmasq *m)
{
	struct ruleset_chain chains[2];

	read_chains(m->netfilter, chains, m->name);
	return ruleset_forwards(chains) && is_kept(m, m->chain, CHAIN);
}

/* ---- What is to be there ------------------------------------------------ */

static const char *
masquerade(struct ipmasq *m)
{
	const char *why = netfilter_run(m->netfilter, m->rules);

	return why != NULL ? why : keep(m, &m->table, TABLE);
}

/* An old kernel draws no ports: then as it can. */
static const char *
start_masquerade(struct ipmasq *m, const struct rudder_lease *lease)
{
	bool random = !m->wish.keep_ports;
	const char *why;

	ruleset_masquerade(m->rules, m->name, lease, random);
	why = masquerade(m);
	if (why == NULL || !random)
		return why;
	ruleset_masquerade(m->rules, m->name, lease, false);
	why = masquerade(m);
	if (why == NULL)
		m->say(RUDDER_WARNING,
		    "ip-masq: this kernel does not draw ports at random",
		    m->arg);
	return why;
}

/* Where there is no chain that could drop there is nothing to be done. */
static const char *
forward(struct ipmasq *m)
{
	struct ruleset_chain chains[2];
	char text[RULESET_TEXT];
	const char *why = NULL;

	read_chains(m->netfilter, chains, m->name);
	ruleset_forward(text, chains, m->name, &m->network);
	if (text[0] != '\0')
		why = netfilter_run(m->netfilter, text);
	return why != NULL ? why : keep(m, &m->chain, CHAIN);
}

static const char *
stop_forward(struct ipmasq *m)
{
	struct ruleset_chain chains[2];
	char text[RULESET_TEXT];

	read_chains(m->netfilter, chains, m->name);
	ruleset_no_jumps(text, chains);
	ruleset_add_chains(text,
	    netfilter_list(m->netfilter, "list chains ip", true), m->name);
	return text[0] != '\0' ? netfilter_run(m->netfilter, text) : NULL;
}

/* A table that is not there makes no transaction. */
static const char *
stop_masquerade(struct ipmasq *m)
{
	if (list_ours(m, TABLE)[0] == '\0')
		return NULL;
	ruleset_no_masquerade(m->rules, m->name);
	return netfilter_run(m->netfilter, m->rules);
}

/* ---- As long as we run -------------------------------------------------- */

/* The check that follows our own change finds nothing to do. */
static void
on_check(evutil_socket_t fd, short what, void *arg)
{
	struct ipmasq *m = arg;
	const char *why = NULL, *which = NULL;
	char line[400];

	(void)fd;
	(void)what;
	m->repaired = false;
	if (m->wish.masquerade && !is_kept(m, m->table, TABLE)) {
		which = "ip-masq";
		why = masquerade(m);
	}
	if (why == NULL && m->wish.forward_accept && !is_forwarding(m)) {
		which = "forward-accept";
		why = forward(m);
	}
	if (which == NULL)
		return;
	m->repaired = true;
	snprintf(line, sizeof(line), "%s: somebody changed the rules: %s%s",
	    which, why == NULL ? "ours are back" : "ours are not back: ",
	    why == NULL ? "" : why);
	m->say(why == NULL ? RUDDER_INFO : RUDDER_ERROR, line, m->arg);
}

static void
on_changed(evutil_socket_t fd, short what, void *arg)
{
	struct ipmasq *m = arg;

	(void)what;
	netfilter_drain(fd);
	if (!evtimer_pending(m->check, NULL))
		evtimer_add(m->check, m->repaired ? &later : &soon);
}

static int
watch(struct ipmasq *m)
{
	evutil_socket_t fd;

	if (m->changed != NULL)
		return 0;
	fd = netfilter_watch();
	if (fd < 0)
		return fd;
	m->changed =
	    event_new(m->base, fd, EV_READ | EV_PERSIST, on_changed, m);
	if (m->changed == NULL) {
		close(fd);
		return -ENOMEM;
	}
	return event_add(m->changed, NULL) < 0 ? -ENOMEM : 0;
}

static void
check_forwarding(struct ipmasq *m)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_forward", "r");

	if (f != NULL && fgetc(f) == '0')
		m->say(RUDDER_WARNING,
		    "ip_forward is 0: this machine forwards nothing for its "
		    "containers; run: sysctl -w net.ipv4.ip_forward=1",
		    m->arg);
	if (f != NULL)
		fclose(f);
}

/* From the watch on nothing escapes us, so it comes first. */
static const char *
apply(struct ipmasq *m, const struct rudder_lease *lease)
{
	bool any = m->wish.masquerade || m->wish.forward_accept;
	int rc = any ? watch(m) : 0;
	const char *why;

	if (rc < 0)
		return strerror(-rc);
	if (ruleset_name(m->name, lease->device) < 0)
		return "the device's name has characters that nftables does "
		       "not take";
	m->network = lease->network;
	why = m->wish.masquerade ? start_masquerade(m, lease)
				 : stop_masquerade(m);
	if (why == NULL)
		why = m->wish.forward_accept ? forward(m) : stop_forward(m);
	if (why == NULL && any)
		check_forwarding(m);
	return why;
}

const char *
ipmasq_apply(struct ipmasq *m, const struct rudder_lease *lease)
{
	const char *why = apply(m, lease);

	if (why == NULL)
		return NULL;
	snprintf(m->why, IPMASQ_WHY, "nftables: %s", why);
	return m->why;
}

int
ipmasq_open(struct ipmasq **out, struct event_base *base,
    const struct ipmasq_wish *wish, ipmasq_say *say, void *arg)
{
	struct ipmasq *m = calloc(1, sizeof(*m));
	int rc = -ENOMEM;

	*out = NULL;
	if (m == NULL)
		return -ENOMEM;
	m->base = base;
	m->wish = *wish;
	m->say = say;
	m->arg = arg;
	m->check = evtimer_new(base, on_check, m);
	if (m->check != NULL)
		rc = netfilter_open(&m->netfilter);
	if (rc < 0) {
		ipmasq_close(m);
		return rc;
	}
	*out = m;
	return 0;
}

void
ipmasq_close(struct ipmasq *m)
{
	if (m == NULL)
		return;
	if (m->changed != NULL) {
		evutil_socket_t fd = event_get_fd(m->changed);

		event_free(m->changed);
		close(fd);
	}
	if (m->check != NULL)
		event_free(m->check);
	netfilter_close(m->netfilter);
	free(m->table);
	free(m->chain);
	free(m);
}

/* ---- Without a rudder --------------------------------------------------- */

/* Writes what takes away whatever is found; how much that is. */
static int
find_all(struct netfilter *netfilter, char text[RULESET_TEXT])
{
	struct ruleset_chain chains[2];
	int n;

	read_chains(netfilter, chains, "");
	ruleset_no_jumps(text, chains);
	n = (int)(chains[0].n + chains[1].n);
	n += ruleset_add_chains(
	    text, netfilter_list(netfilter, "list chains ip", true), "");
	return n + ruleset_add_tables(
		       text, netfilter_list(netfilter, "list tables ip", true));
}

/* In rounds, because one text does not hold any number of rules. */
int
ipmasq_remove(bool dry, char why[IPMASQ_WHY])
{
	struct netfilter *netfilter;
	char text[RULESET_TEXT];
	const char *against = NULL;
	int total = 0, found, rc = netfilter_open(&netfilter);

	if (rc < 0)
		return snprintf(why, IPMASQ_WHY, "%s", strerror(-rc)), rc;
	do {
		found = find_all(netfilter, text);
		total += found;
		if (found > 0 && !dry)
			against = netfilter_run(netfilter, text);
	} while (found > 0 && !dry && against == NULL);
	if (against != NULL)
		snprintf(why, IPMASQ_WHY, "nftables: %s", against);
	netfilter_close(netfilter);
	return against == NULL ? total : -EIO;
}
