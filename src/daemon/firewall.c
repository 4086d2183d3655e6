/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "firewall.h"
#include "netfilter.h"
#include "ruleset.h"

static const char *
text(json_t *chain, const char *key)
{
	const char *value = json_string_value(json_object_get(chain, key));

	return value != NULL ? value : "";
}

static void
note(char place[FIREWALL_CHAIN], json_t *chain)
{
	if (place[0] == '\0')
		snprintf(place, FIREWALL_CHAIN, "%.16s %.64s %.64s",
		    text(chain, "family"), text(chain, "table"),
		    text(chain, "name"));
}

static bool
is_of_iptables(json_t *chain)
{
	return strcmp(text(chain, "family"), "ip") == 0 &&
	       strcmp(text(chain, "table"), "filter") == 0;
}

/* What -forward-accept has made, and sees to. */
static bool
is_ours(json_t *chain)
{
	return is_of_iptables(chain) &&
	       strncmp(text(chain, "name"), RULESET_PREFIX,
		   strlen(RULESET_PREFIX)) == 0;
}

static void
look_at(struct firewall *f, json_t *chain)
{
	const char *hook = text(chain, "hook"), *family = text(chain, "family");

	if (strcmp(text(chain, "policy"), "drop") != 0 ||
	    (strcmp(family, "ip") != 0 && strcmp(family, "inet") != 0))
		return;
	if (strcmp(hook, "input") == 0)
		note(f->input, chain);
	else if (strcmp(hook, "forward") == 0 &&
		 !(f->passes && is_of_iptables(chain)))
		note(f->forward, chain);
}

void
firewall_read(struct firewall *f, const char *json)
{
	json_t *root = json_loads(json, 0, NULL), *entry;
	json_t *chains = json_object_get(root, "nftables");
	size_t i;

	*f = (struct firewall){ .input = "" };
	json_array_foreach(chains, i, entry)
	{
		f->passes |= is_ours(json_object_get(entry, "chain"));
	}
	json_array_foreach(chains, i, entry)
	{
		look_at(f, json_object_get(entry, "chain"));
	}
	json_decref(root);
}

int
firewall_look(struct firewall *f)
{
	struct netfilter *n;
	int rc = netfilter_open(&n);

	if (rc < 0)
		return rc;
	firewall_read(f, netfilter_list(n, "list chains", true));
	netfilter_close(n);
	return 0;
}
