/* SPDX-License-Identifier: Apache-2.0 */
/* rudder(8): the first program that embeds librudder. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include <rudder/rudder.h>

#include "args.h"
#include "confine.h"
#include "control.h"
#include "doctor.h"
#include "health.h"
#include "ipmasq.h"
#include "notify.h"
#include "show.h"
#include "state.h"
#include "status.h"
#include "subnetfile.h"

struct program {
	struct event_base *base;
	struct event *interrupt, *terminate, *hangup;
	struct rudder *rudder;
	struct control *control; /* NULL: none */
	struct health *health;	 /* NULL: none */
	struct ipmasq *ipmasq;	 /* NULL: none */
	struct args args;
	char state[PATH_MAX]; /* its file; "": none */
	bool journal;	      /* which adds the time itself */
	int status;
};

/* ---- What rudder says -------------------------------------------------------- */

static void
on_log(struct rudder *r, enum rudder_level level, const char *line, void *arg)
{
	/* syslog's number, as sd-daemon(3) has it; and a letter for people. */
	static const struct {
		int number;
		char letter;
	} levels[] = {
		[RUDDER_ERROR] = { 3, 'E' },
		[RUDDER_WARNING] = { 4, 'W' },
		[RUDDER_INFO] = { 6, 'I' },
		[RUDDER_DEBUG] = { 7, 'D' },
	};
	struct program *p = arg;
	struct timespec now;
	struct tm tm;
	char clock[16];

	(void)r;
	if (level == RUDDER_DEBUG && p->args.verbosity == 0)
		return;
	if (p->journal) {
		fprintf(stderr, "<%d>%s\n", levels[level].number, line);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ld %c %s\n", clock, now.tv_nsec / 1000000,
	    levels[level].letter, line);
}

static void
give_up(struct program *p, int status, const char *what, const char *why)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s%s%s", what, *what ? ": " : "", why);
	on_log(p->rudder, RUDDER_ERROR, line, p);
	p->status = status;
	event_base_loopbreak(p->base);
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	(void)r;
	give_up(arg, status_of(err), "", why);
}

/* ---- What lasts ---------------------------------------------------------------- */

static void
warn(struct program *p, const char *what, const char *why)
{
	char line[STATE_WHY + 64];

	snprintf(line, sizeof(line), "%s: %s", what, why);
	on_log(p->rudder, RUDDER_WARNING, line, p);
}

static void
tell_manager(struct program *p, const char *state)
{
	int rc = notify_send(state);

	if (rc < 0)
		warn(p, "NOTIFY_SOCKET", strerror(-rc));
}

/*
 * The subnet that we had, so that the library claims it again; what the user
 * says himself goes before it. A file that is damaged is as good as none.
 */
static void
recall(struct program *p)
{
	const char *overlay = rudder_get(p->rudder, "etcd-prefix");
	const char *given = rudder_get(p->rudder, "subnet");
	char why[STATE_WHY], text[32];
	struct rudder_net net;
	int rc;

	if (p->args.state_dir[0] == '\0')
		return;
	if (overlay == NULL)
		overlay = rudder_get(p->rudder, "registry");
	state_path(p->state, p->args.state_dir, overlay);
	if (given != NULL && given[0] != '\0')
		return;
	rc = state_read(p->state, &net, why);
	if (rc < 0 && rc != -ENOENT)
		warn(p, "state", why);
	if (rc < 0)
		return;
	snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", net.addr >> 24,
	    net.addr >> 16 & 255, net.addr >> 8 & 255, net.addr & 255, net.len);
	if (rudder_set(p->rudder, "subnet", text) < 0)
		warn(p, "state", rudder_why(p->rudder));
}

/* The job goes on without it: it is for the next start. */
static void
remember(struct program *p, const struct rudder_lease *lease)
{
	char why[STATE_WHY];
	int rc;

	if (p->state[0] == '\0')
		return;
	rc = state_write(p->state, lease->subnet);
	if (rc == 0)
		return;
	snprintf(why, sizeof(why),
	    "%s: %s: the next start may get another subnet", p->state,
	    strerror(-rc));
	warn(p, "state", why);
}

/* ---- Milestones ---------------------------------------------------------------- */

static bool
is_rehearsal(const struct program *p)
{
	return strcmp(rudder_get(p->rudder, "dry-run"), "true") == 0;
}

static void
end_rehearsal(struct program *p)
{
	on_log(p->rudder, RUDDER_INFO,
	    "dry-run: this is how it would be; nothing was changed", p);
	event_base_loopbreak(p->base);
}

static void
on_rules(enum rudder_level level, const char *line, void *arg)
{
	struct program *p = arg;

	on_log(p->rudder, level, line, p);
}

/* What is only to go may as well stay. */
static int
apply_rules(struct program *p, const struct rudder_lease *lease)
{
	bool wanted = p->args.ip_masq || p->args.forward_accept;
	const char *why = NULL;

	if (p->ipmasq != NULL)
		why = ipmasq_apply(p->ipmasq, lease);
	if (why == NULL)
		return 0;
	if (!wanted) {
		on_log(p->rudder, RUDDER_WARNING, why, p);
		return 0;
	}
	give_up(p, EXIT_ENVIRONMENT,
	    p->args.ip_masq ? "ip-masq" : "forward-accept", why);
	return -1;
}

/* The rules first: the file says that they are there. And then the file: who
 * waits for READY reads it. */
static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct program *p = arg;
	char line[256];
	int rc;

	if (is_rehearsal(p)) {
		end_rehearsal(p);
		return;
	}
	if (apply_rules(p, lease) < 0)
		return;
	rc = subnetfile_write(p->args.subnet_file, lease, p->args.ip_masq);
	if (rc < 0) {
		give_up(
		    p, EXIT_ENVIRONMENT, p->args.subnet_file, strerror(-rc));
		return;
	}
	remember(p, lease);
	snprintf(line, sizeof(line), "ready: device %s, MTU %u, lease in %s",
	    lease->device, lease->mtu, p->args.subnet_file);
	on_log(r, RUDDER_INFO, line, p);
	tell_manager(p, "READY=1\nSTATUS=Packets flow.");
}

/* Packets do not flow; `ready` comes again when they do. */
static void
on_lost(struct rudder *r, const char *why, void *arg)
{
	struct program *p = arg;
	char state[512];

	(void)r;
	warn(p, "lost", why);
	snprintf(state, sizeof(state), "STATUS=No packets flow: %s", why);
	tell_manager(p, state);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct program *p = arg;

	(void)what;
	on_log(p->rudder, RUDDER_INFO,
	    number == SIGINT ? "stopping: interrupted; the lease stays"
			     : "stopping: terminated; the lease stays",
	    p);
	notify_send("STOPPING=1");
	event_base_loopbreak(p->base);
}

static void
on_hangup(evutil_socket_t number, short what, void *arg)
{
	struct program *p = arg;

	(void)number;
	(void)what;
	on_log(p->rudder, RUDDER_INFO, "reload: asking the registry anew", p);
	rudder_reload(p->rudder);
}

/* ---- From the first argument to the exit status ---------------------------------- */

static int
open_program(struct program *p)
{
	static const struct rudder_callbacks callbacks = {
		.ready = on_ready,
		.failed = on_failed,
		.lost = on_lost,
		.log = on_log,
	};

	p->base = event_base_new();
	if (p->base == NULL)
		return -1;
	p->interrupt = evsignal_new(p->base, SIGINT, on_signal, p);
	p->terminate = evsignal_new(p->base, SIGTERM, on_signal, p);
	p->hangup = evsignal_new(p->base, SIGHUP, on_hangup, p);
	if (p->interrupt == NULL || p->terminate == NULL || p->hangup == NULL ||
	    event_add(p->interrupt, NULL) < 0 ||
	    event_add(p->terminate, NULL) < 0 || event_add(p->hangup, NULL) < 0)
		return -1;
	return rudder_new(&p->rudder, p->base, &callbacks, p);
}

static void
close_program(struct program *p)
{
	health_close(p->health);
	control_close(p->control);
	ipmasq_close(p->ipmasq);
	rudder_free(p->rudder);
	if (p->hangup != NULL)
		event_free(p->hangup);
	if (p->terminate != NULL)
		event_free(p->terminate);
	if (p->interrupt != NULL)
		event_free(p->interrupt);
	if (p->base != NULL)
		event_base_free(p->base);
}

/* Whoever asks how we are is told by the library. */
static char *
on_asked(void *arg)
{
	struct program *p = arg;

	return rudder_status(p->rudder);
}

/* The packets matter more than that somebody can look. */
static void
open_control(struct program *p)
{
	const char *path = p->args.control_socket;
	char line[512];
	int rc;

	if (path[0] == '\0')
		return;
	rc = control_open(&p->control, p->base, path, on_asked, p);
	if (rc == 0)
		return;
	snprintf(line, sizeof(line), "control-socket: %.256s: %s%s", path,
	    strerror(-rc),
	    rc == -EADDRINUSE ? ", by another rudder; give this one another "
				"-control-socket"
			      : "");
	on_log(p->rudder, RUDDER_WARNING, line, p);
}

/* All options are read, and nothing else has begun: no thread above all. */
static void
confine_program(struct program *p)
{
	char text[CONFINE_TEXT];
	int rc = confine(text);

	on_log(p->rudder, rc < 0 ? RUDDER_WARNING : RUDDER_DEBUG, text, p);
}

/* Who asked for it counts on it: that it is not to be had is an error. */
static int
open_health(struct program *p)
{
	const char *where = p->args.healthz_listen;
	int rc;

	if (where == NULL || where[0] == '\0')
		return 0;
	rc = health_open(&p->health, p->base, where, on_asked, p);
	if (rc == 0)
		return 0;
	fprintf(stderr, "rudder: -healthz-listen \"%s\": %s\n", where,
	    rc == -EINVAL ? "it must be an address and a port, as in "
			    "127.0.0.1:8080 or :8080"
			  : strerror(-rc));
	return rc == -EINVAL ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

/* Not asked for, it still takes away what an earlier run was asked for. */
static int
open_ipmasq(struct program *p)
{
	const struct ipmasq_wish wish = {
		.masquerade = p->args.ip_masq,
		.forward_accept = p->args.forward_accept,
		.keep_ports = p->args.keep_ports,
	};
	int rc = ipmasq_open(&p->ipmasq, p->base, &wish, on_rules, p);

	if (rc == 0 || (!wish.masquerade && !wish.forward_accept))
		return 0;
	fprintf(stderr, "rudder: -%s: %s\n",
	    wish.masquerade ? "ip-masq" : "forward-accept",
	    rc == -ENOTSUP ? "this rudder was built without libnftables; "
			     "leave the option out, or build it with "
			     "--with-libnftables"
			   : strerror(-rc));
	return rc;
}

static int
open_doors(struct program *p)
{
	int rc = open_health(p);

	if (rc != 0)
		return rc;
	confine_program(p);
	rc = open_ipmasq(p);
	if (rc < 0)
		return rc == -ENOTSUP ? EXIT_USAGE : EXIT_ENVIRONMENT;
	open_control(p);
	return 0;
}

/* Our job. */
static int
work(struct program *p)
{
	int rc = is_rehearsal(p) ? 0 : open_doors(p);

	if (rc != 0)
		return rc;
	recall(p);
	rc = rudder_start(p->rudder);
	if (rc < 0) {
		fprintf(stderr, "rudder: %s\n", rudder_why(p->rudder));
		return status_of(rc);
	}
	event_base_dispatch(p->base);
	return p->status;
}

/* ---- Other things than its job -------------------------------------------------- */

static int
status(struct program *p)
{
	int rc = show_status(p->args.control_socket, p->args.json);

	return rc < 0 ? EXIT_ENVIRONMENT : rc;
}

/* A first word that is no flag. */
static const struct verb {
	const char *name;
	int (*run)(struct program *);
} verbs[] = {
	{ "status", status },
};

static bool
is_doctor(const char *word)
{
	return word != NULL && strcmp(word, "doctor") == 0;
}

/* Or our job. */
static const struct verb *
find_verb(const char *word)
{
	static const struct verb job = { "rudder", work };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (word != NULL && strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
	}
	return &job;
}

static int
run(struct program *p, int argc, char **argv)
{
	const struct verb *verb = find_verb(argv[1]);
	int skip = verb->run != work, rc;

	if (open_program(p) < 0) {
		fprintf(stderr, "rudder: no memory\n");
		return EXIT_ENVIRONMENT;
	}
	rc = args_read(&p->args, p->rudder, argc - skip, argv + skip);
	if (rc < 0)
		return status_of(rc);
	if (p->args.help)
		return args_usage(p->rudder), 0;
	if (p->args.version)
		return fprintf(stderr, "rudder %s\n", rudder_version()), 0;
	return verb->run(p);
}

/*
 * Who starts us with a closed stderr must not get our log into the first
 * thing that we open, which takes its number.
 */
static int
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

int
main(int argc, char **argv)
{
	struct program p = { .journal = getenv("JOURNAL_STREAM") != NULL };
	int status;

	if (open_standard() < 0)
		return EXIT_ENVIRONMENT;
	signal(SIGPIPE, SIG_IGN);
	if (is_doctor(argv[1]))
		return doctor_main(argc - 1, argv + 1);
	status = run(&p, argc, argv);
	close_program(&p);
	return status;
}
