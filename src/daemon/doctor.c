/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "doctor.h"
#include "firewall.h"
#include "frame.h"
#include "ping.h"
#include "show.h"
#include "status.h"

/* For the rehearsal, in seconds: each endpoint has had its time by then. */
#define PATIENCE 15

/* Echo requests to that many hosts at most. */
#define PINGS_MAX 1024

#define LINE 512

enum verdict { OK, LOOK, WRONG };

struct doctor {
	struct frame frame;
	json_t *plan;	 /* the status at the end of the rehearsal */
	json_t *running; /* that of the one that runs; NULL: none does */
	bool settled;	 /* the rehearsal came to its end */
	int err;	 /* or it failed */
	char why[LINE];
	bool wrong;
};

static void __attribute__((format(printf, 4, 5))) find(struct doctor *d,
    enum verdict verdict, const char *what, const char *fmt, ...)
{
	static const char *const words[] = {
		[OK] = "ok", [LOOK] = "look", [WRONG] = "WRONG"
	};
	va_list ap;

	printf("%-6s %-11s ", words[verdict], what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	d->wrong |= verdict == WRONG;
}

static const char *
text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "-";
}

/* ---- This machine ------------------------------------------------------- */

static void
check_device(struct doctor *d)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		find(d, OK, "device", "/dev/net/tun opens");
		return;
	}
	find(d, WRONG, "device", "/dev/net/tun: %s: %s", strerror(errno),
	    errno == EACCES || errno == EPERM
		? "run as root"
		: "load the module (modprobe tun), or give the container "
		  "the device");
}

/* capability.h of Linux: CAP_NET_ADMIN is bit 12. */
static void
check_privilege(struct doctor *d)
{
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t effective = 0;
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "CapEff: %" SCNx64, &effective);
	if (f != NULL)
		fclose(f);
	if (effective >> 12 & 1)
		find(d, OK, "privilege", "CAP_NET_ADMIN is there");
	else
		find(d, WRONG, "privilege",
		    "CAP_NET_ADMIN is missing: run as root");
}

static void
check_forwarding(struct doctor *d)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_forward", "re");
	int c = f != NULL ? fgetc(f) : EOF;

	if (f != NULL)
		fclose(f);
	if (c == '1')
		find(d, OK, "forwarding", "the kernel forwards IPv4");
	else
		find(d, WRONG, "forwarding",
		    "the kernel does not forward IPv4, and so containers "
		    "reach nobody: sysctl -w net.ipv4.ip_forward=1");
}

/* What their rules accept only a person can read. */
static void
check_firewall(struct doctor *d)
{
	struct firewall f;
	int rc = firewall_look(&f);

	if (rc < 0) {
		find(d, LOOK, "firewall", "not looked at: %s",
		    rc == -ENOTSUP ? "built without libnftables"
				   : strerror(-rc));
		return;
	}
	if (f.input[0] != '\0')
		find(d, LOOK, "firewall",
		    "the chain %s drops what no rule accepts: is UDP port %s "
		    "accepted from the other hosts?",
		    f.input, rudder_get(d->frame.rudder, "port"));
	if (f.forward[0] != '\0')
		find(d, LOOK, "firewall",
		    "the chain %s drops what no rule accepts: are packets "
		    "from and to the overlay? -forward-accept sees to it",
		    f.forward);
	if (f.input[0] == '\0' && f.forward[0] == '\0')
		find(d, OK, "firewall",
		    f.passes ? "-forward-accept lets the overlay through"
			     : "no chain drops what no rule accepts");
}

/* The one that runs has it; or it must be free. */
static void
check_port(struct doctor *d)
{
	const char *port = rudder_get(d->frame.rudder, "port");
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd;

	if (port == NULL || d->running != NULL)
		return;
	at.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		find(d, OK, "port", "UDP port %s is free", port);
	else
		find(d, WRONG, "port",
		    "UDP port %s: %s: another program has it; ss -lunp says "
		    "which",
		    port, strerror(errno));
	close(fd);
}

/* ---- What the rehearsal came to ----------------------------------------- */

/* Why a part of the story does not come to its end; NULL: it does. */
static const char *
waits_for(const struct doctor *d, const char *what)
{
	json_t *wait, *waits = json_object_get(d->plan, "waits");
	size_t i;

	json_array_foreach(waits, i, wait)
	{
		if (strcmp(text(wait, "for"), what) == 0)
			return text(wait, "why");
	}
	return NULL;
}

static void
check_iface(struct doctor *d)
{
	json_t *iface = json_object_get(d->plan, "iface");

	if (iface != NULL)
		find(d, OK, "interface", "%s, %s, MTU %" PRId64 ": %s",
		    text(iface, "name"), text(iface, "address"),
		    (int64_t)json_integer_value(json_object_get(iface, "mtu")),
		    text(iface, "reason"));
	else
		find(d, WRONG, "interface", "%s",
		    d->err != 0 ? d->why : waits_for(d, "iface"));
}

static void
check_registry(struct doctor *d)
{
	json_t *registry = json_object_get(d->plan, "registry");
	const char *why = waits_for(d, "config");

	if (why == NULL)
		why = waits_for(d, "lease");
	if (why == NULL)
		why = waits_for(d, "peers");
	if (why != NULL)
		find(d, WRONG, "registry", "%s", why);
	else if (json_object_get(registry, "heard_seconds_ago") != NULL)
		find(d, OK, "registry", "%s answers", text(registry, "module"));
}

static void
check_config(struct doctor *d)
{
	json_t *config = json_object_get(d->plan, "config");

	if (config != NULL)
		find(d, OK, "config", "network %s, %" PRId64 " subnets",
		    text(config, "network"),
		    (int64_t)json_integer_value(
			json_object_get(config, "subnets")));
	else if (d->err != 0)
		find(d, WRONG, "config", "%s", d->why);
	else if (waits_for(d, "config") == NULL)
		find(d, WRONG, "config",
		    "there is none: write one to the key config below the "
		    "prefix, as rudder(8) shows");
}

static void
check_lease(struct doctor *d)
{
	json_t *lease = json_object_get(d->plan, "lease");

	if (json_object_get(d->plan, "config") == NULL)
		return;
	if (lease != NULL)
		find(d, OK, "lease", "%s %s", text(lease, "subnet"),
		    d->running != NULL ? "is ours" : "would be ours");
	else if (d->err != 0)
		find(d, WRONG, "lease", "%s", d->why);
}

static void
check_running(struct doctor *d)
{
	if (d->running == NULL)
		find(d, LOOK, "rudder",
		    "does not run; the other hosts were not tried");
	else if (json_is_true(json_object_get(d->running, "ready")))
		find(d, OK, "rudder", "runs, and is ready");
	else
		find(d, WRONG, "rudder", "runs, and is not ready: %s",
		    text(d->running, "why"));
}

/* ---- The other hosts ---------------------------------------------------- */

static bool
address_of(json_t *peer, uint32_t *address)
{
	char subnet[32];
	struct in_addr in;

	snprintf(subnet, sizeof(subnet), "%s", text(peer, "subnet"));
	subnet[strcspn(subnet, "/")] = '\0';
	if (inet_pton(AF_INET, subnet, &in) != 1)
		return false;
	*address = ntohl(in.s_addr);
	return true;
}

static void
judge_peer(struct doctor *d, json_t *peer, const struct ping *small,
    const struct ping *large, int64_t mtu)
{
	const char *subnet = text(peer, "subnet");
	const char *host = text(peer, "public_ip");

	if (!small->answered)
		find(d, WRONG, "peer",
		    "%s at %s does not answer: does rudder run there, and "
		    "may UDP pass between you, in both directions?",
		    subnet, host);
	else if (!large->answered)
		find(d, WRONG, "peer",
		    "%s at %s answers, but not a packet of %" PRId64
		    " bytes: a link between you has a smaller MTU",
		    subnet, host, mtu);
	else
		find(d, OK, "peer",
		    "%s at %s answers in %.1f ms, to packets of %" PRId64
		    " bytes too",
		    subnet, host, small->ms, mtu);
}

static int
ping_peers(json_t *peers, struct ping *pings, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		pings[i] = (struct ping){ 0 };
		address_of(json_array_get(peers, i), &pings[i].address);
	}
	return ping_all(pings, n, size);
}

/* The device of each host has the first address of its subnet. */
static void
check_peers(struct doctor *d)
{
	json_t *peers = json_object_get(d->running, "peers");
	json_t *backend = json_object_get(d->running, "backend");
	int64_t mtu = json_integer_value(json_object_get(backend, "mtu"));
	static const size_t smallest = 56;
	size_t n = json_array_size(peers);
	struct ping *small, *large;
	int rc = 0;

	n = n < PINGS_MAX ? n : PINGS_MAX;
	if (n == 0 || mtu < (int64_t)smallest)
		return;
	small = calloc(n, sizeof(*small));
	large = calloc(n, sizeof(*large));
	if (small == NULL || large == NULL)
		rc = -ENOMEM;
	if (rc == 0)
		rc = ping_peers(peers, small, n, smallest);
	if (rc == 0)
		rc = ping_peers(peers, large, n, (size_t)mtu);
	for (size_t i = 0; rc == 0 && i < n; i++)
		judge_peer(
		    d, json_array_get(peers, i), &small[i], &large[i], mtu);
	if (rc < 0)
		find(d, LOOK, "peer", "cannot ping: %s", strerror(-rc));
	free(small);
	free(large);
}

/* ---- The rehearsal ------------------------------------------------------ */

static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct doctor *d = arg;

	(void)r;
	(void)lease;
	d->settled = true;
	event_base_loopbreak(d->frame.base);
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	struct doctor *d = arg;

	(void)r;
	d->err = err;
	snprintf(d->why, sizeof(d->why), "%s", why);
	event_base_loopbreak(d->frame.base);
}

/* What is tried again is among the waits, and what failed is told once. */
static void
on_log(struct rudder *r, enum rudder_level level, const char *line, void *arg)
{
	(void)r;
	if (level == RUDDER_WARNING && strstr(line, "trying") == NULL)
		find(arg, LOOK, "warning", "%s", line);
}

static int
rehearse(struct doctor *d)
{
	static const struct timeval patience = { PATIENCE, 0 };
	char *plan;
	int rc = rudder_set(d->frame.rudder, "dry-run", "true");

	if (rc == 0)
		rc = rudder_start(d->frame.rudder);
	if (rc < 0) {
		fprintf(stderr, "rudder: %s\n", rudder_why(d->frame.rudder));
		return status_of(rc);
	}
	event_base_loopexit(d->frame.base, &patience);
	event_base_dispatch(d->frame.base);
	plan = rudder_status(d->frame.rudder);
	d->plan = plan != NULL ? json_loads(plan, 0, NULL) : NULL;
	free(plan);
	return 0;
}

static int
examine(struct doctor *d)
{
	static void (*const checks[])(struct doctor *) = {
		check_iface,
		check_registry,
		check_config,
		check_lease,
		check_running,
		check_port,
		check_firewall,
		check_peers,
	};
	int rc;

	check_device(d);
	check_privilege(d);
	check_forwarding(d);
	fflush(stdout);
	rc = rehearse(d);
	if (rc != 0)
		return rc;
	d->running = show_ask(d->frame.args.control_socket);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](d);
	return d->wrong ? 1 : 0;
}

int
doctor_main(int argc, char **argv)
{
	static const struct rudder_callbacks callbacks = {
		.ready = on_ready,
		.failed = on_failed,
		.log = on_log,
	};
	struct doctor d = { 0 };
	int status = frame_open(&d.frame, &callbacks, &d, argc, argv);

	if (status == FRAME_GO)
		status = examine(&d);
	json_decref(d.plan);
	json_decref(d.running);
	frame_close(&d.frame);
	return status;
}
