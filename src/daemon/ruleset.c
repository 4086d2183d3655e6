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

int
ruleset_name(char name[RULESET_NAME], const char *device)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.-";
	int n = snprintf(name, RULESET_NAME, RULESET_PREFIX "%s", device);

	if (device[strspn(device, usual)] != '\0' || n >= RULESET_NAME)
		return -EINVAL;
	return 0;
}

/* ---- Masquerading -------------------------------------------------------- */

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
	return name != NULL &&
	       strncmp(name, RULESET_PREFIX, strlen(RULESET_PREFIX)) == 0;
}

int
ruleset_add_tables(char text[RULESET_TEXT], const char *json)
{
	json_t *root = json_loads(json, 0, NULL), *item;
	int n = 0;
	size_t i;

	json_array_foreach(json_object_get(root, "nftables"), i, item)
	{
		json_t *table = json_object_get(item, "table");
		const char *name =
		    json_string_value(json_object_get(table, "name"));

		if (!is_prefixed(name) || strlen(name) >= RULESET_NAME ||
		    n == RULESET_MANY)
			continue;
		add(text, "delete table ip %s\n", name);
		n++;
	}
	json_decref(root);
	return n;
}

/* ---- Forwarding ---------------------------------------------------------- */

static bool
is_ours(json_t *rule, const char *comment)
{
	const char *has = json_string_value(json_object_get(rule, "comment"));

	if (comment[0] == '\0')
		return is_prefixed(has);
	return has != NULL && strcmp(has, comment) == 0;
}

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

static void
read_rule(struct ruleset_chain *c, json_t *rule, const char *comment)
{
	uint64_t handle =
	    (uint64_t)json_integer_value(json_object_get(rule, "handle"));
	bool ours = is_ours(rule, comment);

	c->end = just_returns(rule) ? handle : 0;
	if (ours && c->n < RULESET_MANY)
		c->ours[c->n++] = handle;
}

void
ruleset_read(struct ruleset_chain *c, const char *json, const char *comment)
{
	json_t *root = json_loads(json, 0, NULL), *item;
	size_t i;

	*c = (struct ruleset_chain){ .name = c->name };
	json_array_foreach(json_object_get(root, "nftables"), i, item)
	{
		json_t *rule = json_object_get(item, "rule");

		c->exists |= json_object_get(item, "chain") != NULL;
		if (rule != NULL)
			read_rule(c, rule, comment);
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
	return place->n == 2 && chains[0].n + chains[1].n == 2;
}

/* iptables shows a rule that has a counter, as its own have. */
static void
add_rule(char text[RULESET_TEXT], const struct ruleset_chain *place,
    const char *field, const char *network, const char *comment)
{
	add(text, "%s rule ip filter %s ", place->end != 0 ? "insert" : "add",
	    place->name);
	if (place->end != 0)
		add(text, "handle %llu ", (unsigned long long)place->end);
	add(text, "ip %s %s counter accept comment \"%s\"\n", field, network,
	    comment);
}

void
ruleset_forward(char text[RULESET_TEXT], const struct ruleset_chain chains[2],
    const char *comment, const struct rudder_net *network)
{
	const struct ruleset_chain *place = find_place(chains);
	char to[CIDR_TEXT];

	text[0] = '\0';
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < chains[i].n; k++)
			add(text, "delete rule ip filter %s handle %llu\n",
			    chains[i].name,
			    (unsigned long long)chains[i].ours[k]);
	}
	if (network == NULL || place == NULL)
		return;
	cidr_print(to, network->addr, network->len);
	add_rule(text, place, "saddr", to, comment);
	add_rule(text, place, "daddr", to, comment);
}
