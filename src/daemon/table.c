/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "words.h"

#define CELL WORDS_CELL

/* Where what is said of something begins. */
#define INDENT 13

/* ---- Words -------------------------------------------------------------- */

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
static const char *
duration(char cell[CELL], json_int_t seconds)
{
	return words_time(cell, (int64_t)seconds, 2);
}

/* ---- Rows --------------------------------------------------------------- */

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

/* Only where somebody should look. */
static void
print_leases(FILE *f, json_t *leases)
{
	json_int_t n = number(json_object_get(leases, "gauges"), "overlapping");

	if (n == 0)
		return;
	row(f, "refused");
	fprintf(f, "%" PRId64 " %s: see the log\n", (int64_t)n,
	    n == 1 ? "lease that overlaps with another"
		   : "leases that overlap with others");
}

/* ---- What is in use ----------------------------------------------------- */

/* What a backend may do for more speed has such a gauge, which is 1 or 0. */
#define OFFLOAD "offload_"

static bool
is_offload(const char *gauge)
{
	return strncmp(gauge, OFFLOAD, strlen(OFFLOAD)) == 0;
}

/* By the names of its options: "udp-segment". */
static void
print_option(FILE *f, const char *gauge)
{
	for (const char *c = gauge + strlen(OFFLOAD); *c != '\0'; c++)
		fputc(*c == '_' ? '-' : *c, f);
}

/* Those that are on, or those that are off; each with that before it. */
static size_t
print_offloads_that(FILE *f, json_t *gauges, bool on, const char *before)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(gauges, name, value)
	{
		if (!is_offload(name) || (json_integer_value(value) != 0) != on)
			continue;
		fputs(n++ == 0 ? before : " ", f);
		print_option(f, name);
	}
	return n;
}

static bool
has_offloads(json_t *gauges)
{
	const char *name;
	json_t *value;

	json_object_foreach(gauges, name, value)
	{
		if (is_offload(name))
			return true;
	}
	return false;
}

static void
print_offloads(FILE *f, json_t *gauges)
{
	if (!has_offloads(gauges))
		return;
	row(f, "offloads");
	if (print_offloads_that(f, gauges, true, "") == 0)
		fputs("none", f);
	print_offloads_that(f, gauges, false, "; off: ");
	fputc('\n', f);
}

static void
print_backend(FILE *f, json_t *backend)
{
	json_t *gauges = json_object_get(backend, "gauges");

	print_device(f, backend);
	if (has(gauges, "workers")) {
		row(f, "workers");
		fprintf(f, "%" PRId64 "\n", (int64_t)number(gauges, "workers"));
	}
	print_offloads(f, gauges);
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

/* ---- Peers -------------------------------------------------------------- */

/* The largest unit: when it was, to the second, matters to nobody. */
static void
print_heard(FILE *f, json_t *peer)
{
	char ago[CELL];

	if (has(peer, "heard_seconds_ago"))
		fprintf(f, "  %s ago",
		    words_time(
			ago, (int64_t)number(peer, "heard_seconds_ago"), 1));
	else
		fputs("  never", f);
}

/* Packets and their bytes: "1234, 1.2 MB". */
static void
print_amount(FILE *f, json_int_t packets, json_int_t bytes)
{
	char n[CELL], size[CELL], both[2 * CELL];

	snprintf(both, sizeof(both), "%s, %s",
	    words_amount(n, (int64_t)packets, 100000, ""),
	    words_amount(size, (int64_t)bytes, 1000, "B"));
	fprintf(f, "  %-13s", both);
}

/* Backends may not count their peers' packets. */
static void
print_peer(FILE *f, json_t *peer)
{
	fprintf(
	    f, "  %-18s  %-15s", text(peer, "subnet"), text(peer, "public_ip"));
	if (has(peer, "tx_packets")) {
		print_amount(
		    f, number(peer, "tx_packets"), number(peer, "tx_bytes"));
		print_amount(
		    f, number(peer, "rx_packets"), number(peer, "rx_bytes"));
		print_heard(f, peer);
	}
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
		fprintf(f, "  %-13s  %-13s  %s", "SENT", "RECEIVED", "HEARD");
	fputc('\n', f);
	json_array_foreach(peers, i, peer) print_peer(f, peer);
}

/* ---- Counters ----------------------------------------------------------- */

/* What has a row of its own is not said twice. */
static bool
is_told(const char *gauge)
{
	return is_offload(gauge) || strcmp(gauge, "workers") == 0;
}

/* Gauges, which may be 0, and those counters that have counted something. */
static void
print_stats(FILE *f, json_t *backend)
{
	const char *name;
	json_t *value;

	fputc('\n', f);
	json_object_foreach(json_object_get(backend, "gauges"), name, value)
	{
		if (!is_told(name))
			fprintf(f, "  %-20s %" PRId64 "\n", name,
			    (int64_t)json_integer_value(value));
	}
	json_object_foreach(json_object_get(backend, "counters"), name, value)
	{
		if (json_integer_value(value) != 0)
			fprintf(f, "  %-20s %" PRId64 "\n", name,
			    (int64_t)json_integer_value(value));
	}
}

/* ---- All of it ---------------------------------------------------------- */

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

static void
print_all(FILE *f, json_t *status)
{
	static const struct {
		const char *key;
		void (*print)(FILE *, json_t *);
	} parts[] = {
		{ "lease", print_lease },
		{ "iface", print_iface },
		{ "registry", print_registry },
		{ "backend", print_backend },
		{ "leases", print_leases },
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
	if (has(part, "counters"))
		print_stats(f, part);
}

void
table_print(FILE *f, json_t *status, size_t columns)
{
	char *text = NULL;
	size_t len;
	FILE *whole = columns > 0 ? open_memstream(&text, &len) : NULL;

	print_all(whole != NULL ? whole : f, status);
	if (whole == NULL)
		return;
	if (fclose(whole) == 0)
		words_fold(f, text, columns, INDENT);
	free(text);
}
