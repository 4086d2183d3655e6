/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address is a /32 and the route to the overlay is one of its own,
 * because with <address>/<Network's prefix> the address of the first subnet
 * would be a broadcast address to the others (F43), and because the route
 * that comes with an address is lost where a bridge was there first (F44).
 *
 * The device accepts packets from addresses of this host: our ICMP errors
 * come from its own address, and the kernel would take them for forged.
 * Forged ones are caught before they get here, in judge.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>
#include <netlink/errno.h>

#include "kernel.h"
#include "net.h"
#include "netconf.h"

/* What the steps need. */
struct job {
	const struct netconf *want;
	const struct netconf_told *told; /* NULL: the device is new */
	struct nl_sock *nl;
	bool thorough;
	bool has_address;
};

static void __attribute__((format(printf, 2, 3)))
tell(const struct job *j, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	if (j->told == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	j->told->mended(j->told->arg, what);
}

/* ---- The link ---------------------------------------------------------- */

static int
step_open(struct job *j)
{
	return kernel_open(&j->nl);
}

static int
step_set_link(struct job *j)
{
	return kernel_set_link(j->nl, j->want->ifindex, j->want->mtu);
}

static int
step_link(struct job *j)
{
	struct kernel_link have;
	int rc = kernel_link(j->nl, j->want->ifindex, &have);

	if (rc < 0 || (have.up && have.mtu == j->want->mtu))
		return rc;
	rc = step_set_link(j);
	if (rc < 0)
		return rc;
	if (!have.up)
		tell(j, "was down: it is up again");
	if (have.mtu != j->want->mtu)
		tell(j, "had an MTU of %u: it has %u again", have.mtu,
		    j->want->mtu);
	return 0;
}

/* ---- The address ------------------------------------------------------- */

static struct rudder_net
own(const struct job *j)
{
	return (struct rudder_net){ .addr = j->want->subnet.addr, .len = 32 };
}

/* F51: what DHCP clients and the like put there of their own accord. What is
 * not of the overlay is no business of ours. */
static int
on_address(void *arg, struct rudder_net net)
{
	struct job *j = arg;
	char text[NET_TEXT];
	int rc;

	if (net_equal(net, own(j))) {
		j->has_address = true;
		return 0;
	}
	if (!net_has(j->want->network, net.addr))
		return 0;
	rc = kernel_del_address(j->nl, j->want->ifindex, net);
	if (rc == 0)
		tell(j, "had the address %s too: it was taken away",
		    net_cidr(text, net));
	return rc;
}

static int
step_address(struct job *j)
{
	char text[NET_TEXT];
	int rc;

	j->has_address = false;
	rc = kernel_addresses(j->nl, j->want->ifindex, on_address, j);
	if (rc < 0 || j->has_address)
		return rc;
	rc = kernel_add_address(j->nl, j->want->ifindex, own(j));
	if (rc == 0)
		tell(j, "had lost its address %s: it has it again",
		    net_ip(text, own(j).addr));
	return rc;
}

/* ---- The route --------------------------------------------------------- */

/* What this host itself sends into the overlay comes from our subnet. */
static struct kernel_route
route(const struct job *j)
{
	return (struct kernel_route){ .to = j->want->network,
		.ifindex = j->want->ifindex,
		.src = j->want->subnet.addr };
}

static void
warn_of_rival(const struct job *j, unsigned rival)
{
	const struct netconf *want = j->want;
	char text[NET_TEXT], name[IFNAMSIZ];

	if (rival == *want->rival)
		return;
	if (if_indextoname(rival, name) == NULL)
		memcpy(name, "?", 2);
	want->env->log(want->env, RUDDER_WARNING,
	    "udp: there is a route to %s by %s already, so %s gets none: "
	    "remove that one if packets do not arrive",
	    net_cidr(text, want->network), name, want->name);
}

static int
step_route(struct job *j)
{
	const struct kernel_route want = route(j);
	char text[NET_TEXT];
	bool added;
	int rc = kernel_add_route(j->nl, &want, &added);

	if (rc == 0 && added)
		tell(j, "had lost the route to %s: it has it again",
		    net_cidr(text, want.to));
	return rc;
}

static int
straighten(struct job *j, const struct kernel_route *want)
{
	char text[NET_TEXT];
	int rc = kernel_replace_route(j->nl, want);

	if (rc == 0)
		tell(j, "had another route to %s: it is as it was",
		    net_cidr(text, want->to));
	return rc;
}

/* An ACK is not a route yet (F44): look whether it is there, and whose. */
static int
step_verify(struct job *j)
{
	const struct kernel_route want = route(j);
	struct kernel_routes have;
	int rc;

	if (!j->thorough)
		return 0;
	rc = kernel_routes(j->nl, &want, &have);
	if (rc < 0)
		return rc;
	if (!have.is_there && have.rival != 0)
		warn_of_rival(j, have.rival);
	*j->want->rival = have.is_there ? 0 : have.rival;
	if (have.is_there || have.rival != 0)
		return 0;
	if (have.is_twisted)
		return straighten(j, &want);
	return j->told == NULL ? -NLE_OBJ_NOTFOUND : 0;
}

/* ---- All of it --------------------------------------------------------- */

struct step {
	int (*run)(struct job *);
	const char *what; /* "cannot ..." */
};

/* All of them, until the first that fails. That the device is gone is no
 * failure of the steps that look after it. */
static int
take_steps(struct job *j, const struct step *steps)
{
	const struct netconf *want = j->want;
	int rc = 0;

	for (; steps->run != NULL && rc >= 0; steps++) {
		rc = steps->run(j);
		if (rc >= 0 || (j->told && kernel_errno(rc) == -ENODEV))
			continue;
		want->env->log(want->env, RUDDER_ERROR,
		    "udp: %s (MTU %u): cannot %s: %s", want->name, want->mtu,
		    steps->what, kernel_text(rc));
	}
	kernel_close(j->nl);
	return kernel_errno(rc);
}

int
netconf_apply(const struct netconf *want)
{
	static const struct step steps[] = {
		{ step_open, "ask the kernel to set it up" },
		{ step_set_link, "set its MTU and bring it up" },
		{ step_address, "give it the address of our subnet" },
		{ step_route, "route the overlay's network to it" },
		{ step_verify, "find the route to the overlay's network" },
		{ NULL, NULL },
	};
	struct job j = { .want = want, .thorough = true };

	return take_steps(&j, steps);
}

int
netconf_set_mtu(const struct netconf *want)
{
	static const struct step steps[] = {
		{ step_open, "ask the kernel to change it" },
		{ step_set_link, "set its MTU" },
		{ NULL, NULL },
	};
	struct job j = { .want = want };

	return take_steps(&j, steps);
}

int
netconf_mend(
    const struct netconf *want, bool thorough, const struct netconf_told *told)
{
	static const struct step steps[] = {
		{ step_open, "ask the kernel how it is" },
		{ step_link, "put its MTU back and bring it up" },
		{ step_address, "put its address back" },
		{ step_route, "put the route to the overlay's network back" },
		{ step_verify, "see the route to the overlay's network" },
		{ NULL, NULL },
	};
	struct job j = { .want = want, .thorough = thorough, .told = told };

	return take_steps(&j, steps);
}
