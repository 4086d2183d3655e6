/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "metrics.h"

struct page {
	FILE *f;
	bool open;
};

/* A metric, and where in the status its value is. */
struct metric {
	const char *name;
	const char *help;
	const char *object; /* NULL: the status itself */
	const char *key;
};

static const struct metric gauges[] = {
	{ "rudder_ready", "Whether packets flow and the lease lasts.", NULL,
	    "ready" },
	{ "rudder_lease_held", "Whether the lease's time is not over.", "lease",
	    "held" },
	{ "rudder_lease_age_seconds", "Since when we have the lease.", "lease",
	    "age_seconds" },
	{ "rudder_lease_left_seconds", "Until it ends, unless it is renewed.",
	    "lease", "seconds_left" },
	{ "rudder_registry_heard_ago_seconds",
	    "Since the registry's last answer.", "registry",
	    "heard_seconds_ago" },
	{ "rudder_subnets", "Subnets that the overlay has room for.", "config",
	    "subnets" },
	{ "rudder_subnets_free", "Subnets that nobody has.", "config",
	    "subnets_free" },
	{ "rudder_mtu_bytes", "Longest packet of the overlay.", "backend",
	    "mtu" },
};

/* What the samples of a counter have behind its name. */
static const char *
suffix_of(const char *type)
{
	return strcmp(type, "counter") == 0 ? "_total" : "";
}

static void
announce(
    const struct page *p, const char *name, const char *type, const char *help)
{
	const char *suffix = p->open ? "" : suffix_of(type);

	fprintf(p->f, "# HELP %s%s %s\n", name, suffix, help);
	fprintf(p->f, "# TYPE %s%s %s\n", name, suffix, type);
}

/* Numbers are themselves, truth is 1; nothing else is a value. */
static bool
value_of(json_t *json, json_int_t *value)
{
	*value = json_is_true(json) ? 1 : json_integer_value(json);
	return json_is_integer(json) || json_is_boolean(json);
}

static void
print_gauge(const struct page *p, json_t *status, const struct metric *m)
{
	json_t *object =
	    m->object != NULL ? json_object_get(status, m->object) : status;
	json_int_t value;

	if (!value_of(json_object_get(object, m->key), &value))
		return;
	announce(p, m->name, "gauge", m->help);
	fprintf(p->f, "%s %" PRId64 "\n", m->name, (int64_t)value);
}

/* ---- What modules count ------------------------------------------------- */

static void
print_stats(
    const struct page *p, const char *room, json_t *stats, const char *type)
{
	const char *key;
	char name[96], help[160];
	json_t *value;

	json_object_foreach(stats, key, value)
	{
		snprintf(name, sizeof(name), "rudder_%s_%.64s", room, key);
		snprintf(help, sizeof(help),
		    "The %s's %s %.64s; see its manual page.", room, type, key);
		announce(p, name, type, help);
		fprintf(p->f, "%s%s %" PRId64 "\n", name, suffix_of(type),
		    (int64_t)json_integer_value(value));
	}
}

static void
print_module(const struct page *p, json_t *status, const char *room)
{
	json_t *object = json_object_get(status, room);

	print_stats(p, room, json_object_get(object, "counters"), "counter");
	print_stats(p, room, json_object_get(object, "gauges"), "gauge");
}

/* ---- The peers ---------------------------------------------------------- */

static const struct {
	const char *key;
	const char *type;
	const char *name;
	const char *help;
} peer_metrics[] = {
	{ "tx_packets", "counter", "rudder_peer_tx_packets",
	    "Packets sent there." },
	{ "tx_bytes", "counter", "rudder_peer_tx_bytes", "Their bytes." },
	{ "rx_packets", "counter", "rudder_peer_rx_packets",
	    "Packets from there." },
	{ "rx_bytes", "counter", "rudder_peer_rx_bytes", "Their bytes." },
	{ "heard_seconds_ago", "gauge", "rudder_peer_heard_ago_seconds",
	    "Since the last packet from there." },
};

#define N_PEER_METRICS (sizeof(peer_metrics) / sizeof(peer_metrics[0]))

static void
print_peer_metric(const struct page *p, json_t *peers, size_t which)
{
	const char *name = peer_metrics[which].name;
	const char *type = peer_metrics[which].type;
	bool announced = false;
	json_int_t value;
	json_t *peer;
	size_t i;

	json_array_foreach(peers, i, peer)
	{
		if (!value_of(
			json_object_get(peer, peer_metrics[which].key), &value))
			continue;
		if (!announced)
			announce(p, name, type, peer_metrics[which].help);
		announced = true;
		fprintf(p->f, "%s%s{subnet=\"%s\",host=\"%s\"} %" PRId64 "\n",
		    name, suffix_of(type),
		    json_string_value(json_object_get(peer, "subnet")),
		    json_string_value(json_object_get(peer, "public_ip")),
		    (int64_t)value);
	}
}

static void
print_peers(const struct page *p, json_t *peers)
{
	announce(p, "rudder_peers", "gauge", "Other hosts of the overlay.");
	fprintf(p->f, "rudder_peers %zu\n", json_array_size(peers));
	for (size_t i = 0; i < N_PEER_METRICS; i++)
		print_peer_metric(p, peers, i);
}

/* ---- The rest ----------------------------------------------------------- */

static const char *
text(json_t *status, const char *object, const char *key)
{
	json_t *root =
	    object != NULL ? json_object_get(status, object) : status;
	const char *value = json_string_value(json_object_get(root, key));

	return value != NULL ? value : "";
}

static void
print_info(const struct page *p, json_t *status)
{
	announce(p, "rudder_build_info", "gauge", "What runs, always 1.");
	fprintf(p->f,
	    "rudder_build_info{version=\"%s\",registry=\"%s\","
	    "backend=\"%s\"} 1\n",
	    text(status, NULL, "version"), text(status, "registry", "module"),
	    text(status, "backend", "module"));
}

static void
print_waits(const struct page *p, json_t *waits)
{
	json_t *wait;
	size_t i;

	announce(p, "rudder_waits_seconds", "gauge",
	    "Since when something is tried again and again; absent: nothing.");
	json_array_foreach(waits, i, wait)
	    fprintf(p->f, "rudder_waits_seconds{for=\"%s\"} %" PRId64 "\n",
		json_string_value(json_object_get(wait, "for")),
		(int64_t)json_integer_value(json_object_get(wait, "seconds")));
}

/* By the names that Prometheus has for these of every program. */
static void
print_process(const struct page *p, const struct process *used)
{
	announce(p, "process_cpu_seconds", "counter",
	    "Time on processors, of all threads.");
	fprintf(p->f, "process_cpu_seconds_total %.3f\n", used->cpu_seconds);
	announce(
	    p, "process_resident_memory_bytes", "gauge", "Memory that it has.");
	fprintf(p->f, "process_resident_memory_bytes %" PRIu64 "\n",
	    used->resident_bytes);
	announce(p, "process_open_fds", "gauge", "Descriptors that are open.");
	fprintf(p->f, "process_open_fds %u\n", used->open_fds);
}

void
metrics_print(FILE *f, json_t *status, const struct process *process, bool open)
{
	const struct page page = { f, open };

	print_info(&page, status);
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		print_gauge(&page, status, &gauges[i]);
	print_waits(&page, json_object_get(status, "waits"));
	print_peers(&page, json_object_get(status, "peers"));
	print_module(&page, status, "leases");
	print_module(&page, status, "registry");
	print_module(&page, status, "backend");
	print_process(&page, process);
	if (open)
		fputs("# EOF\n", f);
}
