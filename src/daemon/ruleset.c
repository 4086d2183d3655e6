/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cidr.h"
#include "ruleset.h"

/* Goes on where the text ends. All of it is bounded: it fits. */
static void __attribute__((format(printf, 2, 3)))
add(char text[RULESET_TEXT], const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, RULESET_TEXT - len, format, args);
	va_end(args);
}

/* Of what nftables takes without quotes, and iptables too. */
static bool
is_plain(const char *name)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.-";

	return name[strspn(name, usual)] == '\0';
}

int
ruleset_name(char name[RULESET_NAME], const char *device)
{
	int n = snprintf(name, RULESET_NAME, RULESET_PREFIX "%s", device);

	return is_plain(device) && n < RULESET_NAME ? 0 : -EINVAL;
}

/* ---- Masquerading ------------------------------------------------------- */

/* To delete what may not be there it is added first. */
void
ruleset_no_masquerade(char text[RULESET_TEXT], const char *name)
{
	text[0] = '\0';
	add(text, "add table ip %s\ndelete table ip %s\n", name, name);
}

/*
 * The order is the meaning. kube-proxy's mark, one bit of 32, says that it
 * masquerades that packet itself. Multicast keeps its source. What a process
 * of this host sends into the overlay from an address outside of it gets the
 * tunnel's own, or the answer would go another way; what is forwarded there
 * keeps its source, which may be a client whom a container wants to know.
 * All else that goes into the overlay is left alone. What is left of our
 * subnet's goes to the world outside, which knows nothing of the overlay.
 */
void
ruleset_masquerade(char text[RULESET_TEXT], const char *name,
    const struct rudder_lease *lease, bool random)
{
	const char *masquerade =
	    random ? "masquerade fully-random" : "masquerade";
	char network[CIDR_TEXT], subnet[CIDR_TEXT];

	cidr_print(network, lease->network.addr, lease->network.len);
	cidr_print(subnet, lease->subnet.addr, lease->subnet.len);
	ruleset_no_masquerade(text, name);
	add(text, "table ip %s {\n\tchain postrouting {\n", name);
	add(text, "\t\ttype nat hook postrouting priority 100; "
		  "policy accept;\n");
	add(text, "\t\tmeta mark & 0x4000 == 0x4000 return\n");
	add(text, "\t\tip daddr 224.0.0.0/4 return\n");
	add(text, "\t\toifname \"%s\" ip saddr != %s fib saddr type local %s\n",
	    lease->device, network, masquerade);
	add(text, "\t\tip daddr %s return\n", network);
	add(text, "\t\tip saddr %s %s\n", subnet, masquerade);
	add(text, "\t}\n}\n");
}

static bool
is_prefixed(const char *name)
{
	return name != NULL && is_plain(name) && strlen(name) < RULESET_NAME &&
	       strncmp(name, RULESET_PREFIX, strlen(RULESET_PREFIX)) == 0;
}

/* Is that the name in question, or, if that is "", any of ours? */
static bool
is_named(const char *has, const char *name)
{
	if (name[0] == '\0')
		return is_prefixed(has);
	return has != NULL && strcmp(has, name) == 0;
}

static const char *
text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int
ruleset_add_tables(char text[RULESET_TEXT], const char *json)
{
	json_t *root = json_loads(json, 0, NULL), *item;
	int n = 0;
	size_t i;

	json_array_foreach(json_object_get(root, "nftables"), i, item)
	{
		const char *name =
		    text_of(json_object_get(item, "table"), "name");

		if (!is_named(name, "") || n == RULESET_MANY)
			continue;
		add(text, "delete table ip %s\n", name);
		n++;
	}
	json_decref(root);
	return n;
}

/* ---- Forwarding --------------------------------------------------------- */

/* With nothing before it but, maybe, a counter. */
static bool
just_returns(json_t *rule)
{
	json_t *statements = json_object_get(rule, "expr");
	size_t n = json_array_size(statements);

	if (n == 0 || n > 2 ||
	    (n == 2 && json_object_get(
			   json_array_get(statements, 0), "counter") == NULL))
		return false;
	return json_object_get(json_array_get(statements, n - 1), "return") !=
	       NULL;
}

static bool
is_ours(json_t *rule, const char *name)
{
	json_t *statements = json_object_get(rule, "expr");
	size_t n = json_array_size(statements);
	json_t *last = n > 0 ? json_array_get(statements, n - 1) : NULL;

	return is_named(text_of(json_object_get(last, "jump"), "target"), name);
}

static void
read_rule(struct ruleset_chain *c, json_t *rule, const char *name)
{
	uint64_t handle =
	    (uint64_t)json_integer_value(json_object_get(rule, "handle"));

	c->end = just_returns(rule) ? handle : 0;
	if (is_ours(rule, name) && c->n < RULESET_MANY)
		c->ours[c->n++] = handle;
}

void
ruleset_read(struct ruleset_chain *c, const char *json, const char *name)
{
	json_t *root = json_loads(json, 0, NULL), *item;
	size_t i;

	*c = (struct ruleset_chain){ .name = c->name };
	json_array_foreach(json_object_get(root, "nftables"), i, item)
	{
		json_t *rule = json_object_get(item, "rule");

		c->exists |= json_object_get(item, "chain") != NULL;
		if (rule != NULL)
			read_rule(c, rule, name);
	}
	json_decref(root);
}

static const struct ruleset_chain *
find_place(const struct ruleset_chain chains[2])
{
	if (chains[0].exists)
		return &chains[0];
	return chains[1].exists ? &chains[1] : NULL;
}

bool
ruleset_forwards(const struct ruleset_chain chains[2])
{
	const struct ruleset_chain *place = find_place(chains);

	if (place == NULL)
		return true;
	return place->n == 1 && chains[0].n + chains[1].n == 1;
}

void
ruleset_no_jumps(char text[RULESET_TEXT], const struct ruleset_chain chains[2])
{
	text[0] = '\0';
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < chains[i].n; k++)
			add(text, "delete rule ip filter %s handle %llu\n",
			    chains[i].name,
			    (unsigned long long)chains[i].ours[k]);
	}
}

int
ruleset_add_chains(char text[RULESET_TEXT], const char *json, const char *name)
{
	json_t *root = json_loads(json, 0, NULL), *item;
	int n = 0;
	size_t i;

	json_array_foreach(json_object_get(root, "nftables"), i, item)
	{
		json_t *chain = json_object_get(item, "chain");
		const char *table = text_of(chain, "table");
		const char *has = text_of(chain, "name");

		if (table == NULL || strcmp(table, "filter") != 0 ||
		    !is_named(has, name) || n == RULESET_MANY)
			continue;
		add(text, "flush chain ip filter %s\n", has);
		add(text, "delete chain ip filter %s\n", has);
		n++;
	}
	json_decref(root);
	return n;
}

/* A counter is what iptables' own rules have as well. */
void
ruleset_forward(char text[RULESET_TEXT], const struct ruleset_chain chains[2],
    const char *name, const struct rudder_net *network)
{
	const struct ruleset_chain *place = find_place(chains);
	char to[CIDR_TEXT];

	ruleset_no_jumps(text, chains);
	if (place == NULL)
		return;
	cidr_print(to, network->addr, network->len);
	add(text, "add chain ip filter %s\n", name);
	add(text, "flush chain ip filter %s\n", name);
	add(text, "add rule ip filter %s ip saddr %s counter accept\n", name,
	    to);
	add(text, "add rule ip filter %s ip daddr %s counter accept\n", name,
	    to);
	if (place->end != 0)
		add(text, "insert rule ip filter %s handle %llu ", place->name,
		    (unsigned long long)place->end);
	else
		add(text, "add rule ip filter %s ", place->name);
	add(text, "counter jump %s\n", name);
}
