/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "table.h"

#define CELL 64

/* ---- Words ------------------------------------------------------------------ */

static const char *
text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "-";
}

static json_int_t
number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool
has(json_t *object, const char *key)
{
	return json_object_get(object, key) != NULL;
}

/* The two largest units: "3 h 12 min". */
static char *
duration(char cell[CELL], json_int_t s)
{
	if (s < 60)
		snprintf(cell, CELL, "%" PRId64 " s", (int64_t)s);
	else if (s < 3600)
		snprintf(cell, CELL, "%" PRId64 " min %" PRId64 " s",
		    (int64_t)s / 60, (int64_t)s % 60);
	else if (s < 86400)
		snprintf(cell, CELL, "%" PRId64 " h %" PRId64 " min",
		    (int64_t)s / 3600, (int64_t)s % 3600 / 60);
	else
		snprintf(cell, CELL, "%" PRId64 " d %" PRId64 " h",
		    (int64_t)s / 86400, (int64_t)s % 86400 / 3600);
	return cell;
}

/* Packets, and their bytes in thousands: "1234, 1.2 MB". */
static const char *
amount(char cell[CELL], json_int_t packets, json_int_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t unit = 0;

	for (; n >= 1000 && unit < sizeof(units) / sizeof(units[0]) - 1; unit++)
		n /= 1000;
	snprintf(cell, CELL, "%" PRId64 ", %.*f %s", (int64_t)packets, unit > 0,
	    n, units[unit]);
	return cell;
}

/* ---- Rows -------------------------------------------------------------------- */

static void
row(FILE *f, const char *what)
{
	fprintf(f, "  %-10s ", what);
}

static void
print_lease(FILE *f, json_t *lease)
{
	char age[CELL], left[CELL];

	row(f, "lease");
	fprintf(f, "%s for %s", text(lease, "subnet"),
	    duration(age, number(lease, "age_seconds")));
	if (has(lease, "seconds_left"))
		fprintf(f, ", %s left",
		    duration(left, number(lease, "seconds_left")));
	if (!json_is_true(json_object_get(lease, "held")))
		fputs(", and held no longer", f);
	fputc('\n', f);
}

static void
print_iface(FILE *f, json_t *iface)
{
	row(f, "interface");
	fprintf(f, "%s, %s, MTU %" PRId64 ": %s\n", text(iface, "name"),
	    text(iface, "address"), (int64_t)number(iface, "mtu"),
	    text(iface, "reason"));
}

static void
print_registry(FILE *f, json_t *registry)
{
	char ago[CELL];

	row(f, "registry");
	fputs(text(registry, "module"), f);
	if (has(registry, "heard_seconds_ago"))
		fprintf(f, ", heard from %s ago",
		    duration(ago, number(registry, "heard_seconds_ago")));
	fputc('\n', f);
}

static void
print_device(FILE *f, json_t *backend)
{
	row(f, "device");
	if (has(backend, "device"))
		fprintf(f, "%s, MTU %" PRId64 ", by ", text(backend, "device"),
		    (int64_t)number(backend, "mtu"));
	else
		fputs("none yet, by ", f);
	fprintf(f, "%s\n", text(backend, "module"));
}

static void
print_wait(FILE *f, json_t *wait)
{
	char since[CELL];

	row(f, "waits for");
	fprintf(f, "%s: %s; since %s, %" PRId64 " tries\n", text(wait, "for"),
	    text(wait, "why"), duration(since, number(wait, "seconds")),
	    (int64_t)number(wait, "tries"));
}

/* ---- Peers -------------------------------------------------------------------- */

static const char *
heard(char cell[CELL], json_t *peer)
{
	if (!has(peer, "heard_seconds_ago"))
		return "never";
	return strcat(
	    duration(cell, number(peer, "heard_seconds_ago")), " ago");
}

/* Backends may not count their peers' packets. */
static void
print_peer(FILE *f, json_t *peer)
{
	char sent[CELL], received[CELL], ago[CELL];

	fprintf(
	    f, "  %-18s  %-15s", text(peer, "subnet"), text(peer, "public_ip"));
	if (has(peer, "tx_packets"))
		fprintf(f, "  %-18s  %-18s  %s",
		    amount(sent, number(peer, "tx_packets"),
			number(peer, "tx_bytes")),
		    amount(received, number(peer, "rx_packets"),
			number(peer, "rx_bytes")),
		    heard(ago, peer));
	fputc('\n', f);
}

static void
print_peers(FILE *f, json_t *peers)
{
	json_t *peer;
	size_t i;

	if (json_array_size(peers) == 0) {
		fputs("\n  no other host yet\n", f);
		return;
	}
	fprintf(f, "\n  %-18s  %-15s", "SUBNET", "HOST");
	if (has(json_array_get(peers, 0), "tx_packets"))
		fprintf(f, "  %-18s  %-18s  %s", "SENT", "RECEIVED", "HEARD");
	fputc('\n', f);
	json_array_foreach(peers, i, peer) print_peer(f, peer);
}

/* ---- Counters ------------------------------------------------------------------ */

/* Those that have counted something. */
static void
print_counters(FILE *f, json_t *counters)
{
	const char *name;
	json_t *value;
	bool any = false;

	json_object_foreach(counters, name, value)
	{
		if (json_integer_value(value) == 0)
			continue;
		fprintf(f, "%s  %-16s %" PRId64 "\n", any ? "" : "\n", name,
		    (int64_t)json_integer_value(value));
		any = true;
	}
}

/* ---- All of it ----------------------------------------------------------------- */

static void
print_title(FILE *f, json_t *status)
{
	json_t *lease = json_object_get(status, "lease");

	if (json_is_true(json_object_get(status, "ready")))
		fprintf(f, "ready: %s of %s\n\n", text(lease, "subnet"),
		    text(json_object_get(status, "config"), "network"));
	else
		fprintf(f, "not ready: %s\n\n", text(status, "why"));
}

void
table_print(FILE *f, json_t *status)
{
	static const struct {
		const char *key;
		void (*print)(FILE *, json_t *);
	} parts[] = {
		{ "lease", print_lease },
		{ "iface", print_iface },
		{ "registry", print_registry },
		{ "backend", print_device },
	};
	json_t *part, *waits = json_object_get(status, "waits");
	size_t i;

	print_title(f, status);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		part = json_object_get(status, parts[i].key);
		if (part != NULL)
			parts[i].print(f, part);
	}
	json_array_foreach(waits, i, part) print_wait(f, part);
	print_peers(f, json_object_get(status, "peers"));
	part = json_object_get(status, "backend");
	print_counters(f, json_object_get(part, "counters"));
}
