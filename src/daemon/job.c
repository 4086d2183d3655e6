/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "cidr.h"
#include "confine.h"
#include "control.h"
#include "frame.h"
#include "health.h"
#include "ipmasq.h"
#include "job.h"
#include "leasefile.h"
#include "lock.h"
#include "notify.h"
#include "signals.h"
#include "state.h"
#include "status.h"
#include "voice.h"

struct job {
	struct frame frame;
	struct signals signals;
	struct control *control; /* NULL: none */
	struct health *health;	 /* NULL: none */
	struct ipmasq *ipmasq;	 /* NULL: none */
	struct leasefile leasefile;
	char state[PATH_MAX]; /* its file; "": none */
	int lock;	      /* of it; < 0: none */
	int status;
};

/* ---- What rudder says --------------------------------------------------- */

static void
say(const struct job *j, enum rudder_level level, const char *line)
{
	if (level != RUDDER_DEBUG || j->frame.args.verbosity > 0)
		voice_say(level, line);
}

static void
on_log(struct rudder *r, enum rudder_level level, const char *line, void *arg)
{
	(void)r;
	say(arg, level, line);
}

static void
give_up(struct job *j, int status, const char *what, const char *why)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s%s%s", what, *what ? ": " : "", why);
	say(j, RUDDER_ERROR, line);
	j->status = status;
	event_base_loopbreak(j->frame.base);
}

static void
on_failed(struct rudder *r, int err, const char *why, void *arg)
{
	(void)r;
	give_up(arg, status_of(err), "", why);
}

/* ---- What lasts --------------------------------------------------------- */

static void
warn(struct job *j, const char *what, const char *why)
{
	char line[STATE_WHY + 64];

	snprintf(line, sizeof(line), "%s: %s", what, why);
	say(j, RUDDER_WARNING, line);
}

static void
tell_manager(struct job *j, const char *state)
{
	int rc = notify_send(state);

	if (rc < 0)
		warn(j, "NOTIFY_SOCKET", strerror(-rc));
}

/*
 * The subnet that we had, so that the library claims it again; what the user
 * says himself goes before it. A file that is damaged is as good as none.
 */
static void
recall(struct job *j)
{
	const char *given = rudder_get(j->frame.rudder, "subnet");
	char why[STATE_WHY], text[32];
	struct rudder_net net;
	int rc;

	if (j->state[0] == '\0' || (given != NULL && given[0] != '\0'))
		return;
	rc = state_read(j->state, &net, why);
	if (rc < 0 && rc != -ENOENT)
		warn(j, "state", why);
	if (rc < 0)
		return;
	snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", net.addr >> 24,
	    net.addr >> 16 & 255, net.addr >> 8 & 255, net.addr & 255, net.len);
	if (rudder_set(j->frame.rudder, "subnet", text) < 0)
		warn(j, "state", rudder_why(j->frame.rudder));
}

/* The job goes on without it: it is for the next start. */
static void
remember(struct job *j, const struct rudder_lease *lease)
{
	char why[STATE_WHY];
	int rc;

	if (j->state[0] == '\0')
		return;
	rc = state_write(j->state, lease->subnet);
	if (rc == 0)
		return;
	snprintf(why, sizeof(why),
	    "%s: %s: the next start may get another subnet", j->state,
	    strerror(-rc));
	warn(j, "state", why);
}

/* ---- Milestones --------------------------------------------------------- */

static void
rehearse_rules(const struct job *j, const struct rudder_lease *lease)
{
	char line[128], net[CIDR_TEXT];

	if (j->frame.args.ip_masq) {
		snprintf(line, sizeof(line),
		    "dry-run: would masquerade %s by a table of nftables",
		    cidr_print(net, lease->subnet.addr, lease->subnet.len));
		say(j, RUDDER_INFO, line);
	}
	if (j->frame.args.forward_accept) {
		snprintf(line, sizeof(line),
		    "dry-run: would let Docker's chain, or FORWARD, pass %s",
		    cidr_print(net, lease->network.addr, lease->network.len));
		say(j, RUDDER_INFO, line);
	}
}

static void
end_rehearsal(struct job *j)
{
	say(j, RUDDER_INFO,
	    "dry-run: this is how it would be; nothing was changed");
	event_base_loopbreak(j->frame.base);
}

static void
on_line(enum rudder_level level, const char *line, void *arg)
{
	struct job *j = arg;

	say(j, level, line);
}

/* What is only to go may as well stay; and what is there from an earlier time
 * is the same, for a lease keeps its subnet. */
static int
apply_rules(struct job *j, const struct rudder_lease *lease)
{
	bool wanted = j->frame.args.ip_masq || j->frame.args.forward_accept;
	const char *why = NULL;

	if (j->ipmasq != NULL)
		why = ipmasq_apply(j->ipmasq, lease);
	if (why == NULL)
		return 0;
	if (!wanted || j->leasefile.written) {
		say(j, RUDDER_WARNING, why);
		return 0;
	}
	give_up(j, EXIT_ENVIRONMENT,
	    j->frame.args.ip_masq ? "ip-masq" : "forward-accept", why);
	return -1;
}

/* The rules first: the file says that they are there. And then the file: who
 * waits for READY reads it. */
static void
on_ready(struct rudder *r, const struct rudder_lease *lease, void *arg)
{
	struct job *j = arg;
	char line[256];
	bool right;
	int rc;

	(void)r;
	if (frame_is_dry(&j->frame)) {
		rehearse_rules(j, lease);
		end_rehearsal(j);
		return;
	}
	if (apply_rules(j, lease) < 0)
		return;
	rc = leasefile_write(&j->leasefile, lease);
	if (rc < 0) {
		give_up(j, EXIT_ENVIRONMENT, j->frame.args.subnet_file,
		    strerror(-rc));
		return;
	}
	remember(j, lease);
	right = j->leasefile.err == 0;
	snprintf(line, sizeof(line), "ready: device %s, MTU %u%s%s",
	    lease->device, lease->mtu, right ? ", lease in " : "",
	    right ? j->frame.args.subnet_file : "");
	say(j, RUDDER_INFO, line);
	tell_manager(j, "READY=1\nSTATUS=Packets flow.");
}

/* Packets do not flow; `ready` comes again when they do. */
static void
on_lost(struct rudder *r, const char *why, void *arg)
{
	struct job *j = arg;
	char state[512];

	(void)r;
	warn(j, "lost", why);
	snprintf(state, sizeof(state), "STATUS=No packets flow: %s", why);
	tell_manager(j, state);
}

static void
end(struct job *j, int number)
{
	say(j, RUDDER_INFO,
	    number == SIGINT ? "stopping: interrupted; the lease stays"
			     : "stopping: terminated; the lease stays");
	notify_send("STOPPING=1");
	event_base_loopbreak(j->frame.base);
}

static void
on_signal(int number, short what, void *arg)
{
	struct job *j = arg;

	(void)what;
	if (number != SIGHUP) {
		end(j, number);
		return;
	}
	say(j, RUDDER_INFO, "reload: asking the registry anew");
	rudder_reload(j->frame.rudder);
}

/* ---- Doors -------------------------------------------------------------- */

/* Whoever asks how we are is told by the library, and of the file by us. */
static char *
on_asked(void *arg)
{
	struct job *j = arg;

	return leasefile_annotate(
	    &j->leasefile, rudder_status(j->frame.rudder));
}

/* The packets matter more than that somebody can look. */
static void
open_control(struct job *j)
{
	const char *path = j->frame.args.control_socket;
	char line[512];
	int rc;

	if (path[0] == '\0')
		return;
	rc = control_open(&j->control, j->frame.base, path, on_asked, j);
	if (rc == 0)
		return;
	snprintf(line, sizeof(line), "control-socket: %.256s: %s%s", path,
	    strerror(-rc),
	    rc == -EADDRINUSE ? ", by another rudder; give this one another "
				"-control-socket"
			      : "");
	say(j, RUDDER_WARNING, line);
}

/* All options are read, and nothing else has begun: no thread above all. */
static void
confine_program(struct job *j)
{
	char text[CONFINE_TEXT];
	int rc = confine(text);

	say(j, rc < 0 ? RUDDER_WARNING : RUDDER_DEBUG, text);
}

/*
 * Two that take each other's lease for their own must not run. Where no lock
 * is to be had, on a disk that cannot be written, the packets matter more.
 */
static int
take_lock(struct job *j)
{
	char path[LOCK_PATH], why[LOCK_PATH + 64];
	pid_t pid = 0;

	if (j->state[0] == '\0')
		return 0;
	lock_path(path, j->state);
	j->lock = lock_take(path, &pid);
	if (j->lock == -EAGAIN) {
		fprintf(stderr,
		    "rudder: %s: another rudder (pid %d) runs for this overlay "
		    "on this machine; stop it, or give this one a -state-dir "
		    "and a -node-id of its own\n",
		    path, (int)pid);
		return EXIT_ENVIRONMENT;
	}
	if (j->lock >= 0)
		return 0;
	snprintf(why, sizeof(why),
	    "%s: %s: another rudder here would not be noticed", path,
	    strerror(-j->lock));
	warn(j, "state", why);
	return 0;
}

/* Who asked for it counts on it: that it is not to be had is an error. */
static int
open_health(struct job *j)
{
	const char *where = j->frame.args.healthz_listen;
	int rc;

	if (where == NULL || where[0] == '\0')
		return 0;
	rc = health_open(&j->health, j->frame.base, where, on_asked, j);
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
open_ipmasq(struct job *j)
{
	const struct ipmasq_wish wish = {
		.masquerade = j->frame.args.ip_masq,
		.forward_accept = j->frame.args.forward_accept,
		.keep_ports = j->frame.args.keep_ports,
	};
	int rc = ipmasq_open(&j->ipmasq, j->frame.base, &wish, on_line, j);

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
open_leasefile(struct job *j)
{
	j->leasefile = (struct leasefile){
		.path = j->frame.args.subnet_file,
		.masquerades = j->frame.args.ip_masq,
		.say = on_line,
		.arg = j,
	};
	return leasefile_open(&j->leasefile, j->frame.base);
}

static int
open_doors(struct job *j)
{
	int rc = open_health(j);

	if (rc != 0)
		return rc;
	confine_program(j);
	rc = take_lock(j);
	if (rc != 0)
		return rc;
	rc = open_ipmasq(j);
	if (rc < 0)
		return rc == -ENOTSUP ? EXIT_USAGE : EXIT_ENVIRONMENT;
	open_control(j);
	return 0;
}

/* ---- From the options to the exit status -------------------------------- */

static int
work(struct job *j)
{
	int rc = signals_open(&j->signals, j->frame.base, on_signal, j);

	if (rc == 0)
		rc = open_leasefile(j);
	if (rc < 0) {
		fprintf(stderr, "rudder: no memory\n");
		return EXIT_ENVIRONMENT;
	}
	if (j->frame.args.state_dir[0] != '\0')
		state_path(j->state, j->frame.args.state_dir,
		    frame_overlay(&j->frame));
	if (!frame_is_dry(&j->frame))
		rc = open_doors(j);
	if (rc != 0)
		return rc;
	recall(j);
	rc = rudder_start(j->frame.rudder);
	if (rc < 0) {
		fprintf(stderr, "rudder: %s\n", rudder_why(j->frame.rudder));
		return status_of(rc);
	}
	event_base_dispatch(j->frame.base);
	return j->status;
}

/* In the order in which they need each other; a second signal finds somebody
 * who catches it until there is nothing left that it could break off. */
static void
close_all(struct job *j)
{
	health_close(j->health);
	control_close(j->control);
	ipmasq_close(j->ipmasq);
	leasefile_close(&j->leasefile);
	rudder_free(j->frame.rudder);
	j->frame.rudder = NULL;
	signals_close(&j->signals);
	frame_close(&j->frame);
	if (j->lock >= 0)
		close(j->lock);
}

int
job_main(int argc, char **argv)
{
	static const struct rudder_callbacks callbacks = {
		.ready = on_ready,
		.failed = on_failed,
		.lost = on_lost,
		.log = on_log,
	};
	struct job job = { .lock = -1 };
	int status = frame_open(&job.frame, &callbacks, &job, argc, argv);

	if (status == FRAME_GO)
		status = work(&job);
	close_all(&job);
	return status;
}
