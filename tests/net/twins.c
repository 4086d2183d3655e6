/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two machines' worth of rudder in one process, on one event_base:
 *
 *	twins ADDRESS ADDRESS [OPTION=VALUE...]
 *
 * Each has one of the addresses and all of the options. A line for each that
 * is ready, "DEVICE SUBNET LENGTH"; ends on SIGTERM with status 0.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include <rudder/rudder.h>

static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct in_addr in = { .s_addr = htonl(lease->subnet.addr) };

	(void)r;
	(void)arg;
	printf("%s %s %u\n", lease->device, inet_ntoa(in), lease->subnet.len);
	fflush(stdout);
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	(void)r;
	(void)err;
	fprintf(stderr, "failed: %s\n", why);
	event_base_loopbreak(arg);
}

static void
on_log(struct rudder *r, enum rudder_level level, const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%p %d %s\n", (void *)r, level, line);
}

static void
on_signal(evutil_socket_t number, short what, void *base)
{
	(void)number;
	(void)what;
	event_base_loopbreak(base);
}

static struct rudder *
start(struct event_base *base, const char *address, char **options)
{
	static const struct rudder_callbacks callbacks = {
		.ready = on_ready,
		.failed = on_failed,
		.log = on_log,
	};
	struct rudder *r;
	int rc = rudder_new(&r, base, &callbacks, base);

	if (rc < 0)
		return NULL;
	for (; rc == 0 && *options != NULL; options++) {
		char *equals = strchr(*options, '=');

		*equals = '\0';
		rc = rudder_set(r, *options, equals + 1);
		*equals = '=';
	}
	if (rc == 0)
		rc = rudder_set(r, "iface", address);
	if (rc == 0)
		rc = rudder_start(r);
	if (rc < 0)
		fprintf(stderr, "%s\n", rudder_why(r));
	return r;
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct event *end = evsignal_new(base, SIGTERM, on_signal, base);
	struct rudder *twins[2];

	if (argc < 3)
		return 2;
	event_add(end, NULL);
	for (int i = 0; i < 2; i++)
		twins[i] = start(base, argv[1 + i], argv + 3);
	event_base_dispatch(base);
	for (int i = 0; i < 2; i++)
		rudder_free(twins[i]);
	event_free(end);
	event_base_free(base);
	return 0;
}
