/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_tun.h>
#include <netinet/in.h>

#include "offload.h"

/* Newer than the headers that we may be built with: linux/if_tun.h of 6.2,
 * linux/udp.h of 4.18 and 5.0. */
#define TUN_USO (0x20 | 0x40)
#define UDP_LEVEL 17
#define UDP_OPTION_SEGMENT 103
#define UDP_OPTION_GRO 104

/* ---- What is wanted --------------------------------------------------- */

static bool
is_on(const struct rudder_env *env, const char *name)
{
	const char *text = env->option(env, name);

	return text == NULL || strcmp(text, "false") != 0;
}

struct offload
offload_wanted(const struct rudder_env *env)
{
	struct offload o = { .vnet = false };

	if (!is_on(env, "offloads"))
		return o;
	o.vnet = true;
	o.tso = is_on(env, "tso");
	o.uso = is_on(env, "uso");
	o.segment = is_on(env, "udp-segment");
	o.gro = is_on(env, "udp-gro");
	o.coalesce = is_on(env, "coalesce");
	return o;
}

/* ---- What there is ---------------------------------------------------- */

static bool
ask(int fd, unsigned long features)
{
	return ioctl(fd, TUNSETOFFLOAD, features) == 0;
}

/*
 * From the most to the least. IPv6 is asked for although none of it goes on:
 * what is thrown away uncut is thrown away sooner.
 */
void
offload_tun(int fd, struct offload *o)
{
	const unsigned long tso = TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	unsigned long want = TUN_F_CSUM;

	if (!o->vnet) {
		o->tso = o->uso = o->coalesce = false;
		return;
	}
	if (o->tso)
		want |= tso;
	if (o->uso && ask(fd, want | TUN_USO))
		return;
	o->uso = false;
	if (ask(fd, want))
		return;
	o->tso = false;
	ask(fd, 0);
}

void
offload_socket(int fd, struct offload *o)
{
	int none = 0, one = 1;

	if (o->segment && setsockopt(fd, UDP_LEVEL, UDP_OPTION_SEGMENT, &none,
			      sizeof(none)) < 0)
		o->segment = false;
	if (o->gro &&
	    setsockopt(fd, UDP_LEVEL, UDP_OPTION_GRO, &one, sizeof(one)) < 0)
		o->gro = false;
}

/* ---- In words --------------------------------------------------------- */

const char *
offload_text(char text[OFFLOAD_TEXT], const struct offload *o)
{
	const struct {
		bool on;
		const char *word;
	} all[] = {
		{ o->tso, "tso" },
		{ o->uso, "uso" },
		{ o->segment, "udp-segment" },
		{ o->gro, "udp-gro" },
		{ o->coalesce, "coalesce" },
	};
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].on)
			at += (size_t)snprintf(text + at, OFFLOAD_TEXT - at,
			    "%s%s", at > 0 ? " " : "", all[i].word);
	return at > 0 ? text : "none";
}
