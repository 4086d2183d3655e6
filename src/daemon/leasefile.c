/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "leasefile.h"
#include "subnetfile.h"

/* Between two tries, in seconds: from one to this, and twice as many each
 * time. */
#define PAUSE_MAX 60

static time_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

static void __attribute__((format(printf, 3, 4)))
say(const struct leasefile *f, enum rudder_level level, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	f->say(level, line, f->arg);
}

/* ---- Tries -------------------------------------------------------------- */

static void
later(struct leasefile *f)
{
	struct timeval pause = { PAUSE_MAX, 0 };

	if (f->tries == 0) {
		f->since = now();
		say(f, RUDDER_WARNING,
		    "subnet-file: %.256s: %s; it does not say what is true "
		    "any more, but packets flow; trying again",
		    f->path, strerror(-f->err));
	}
	if (f->tries < 6 && 1 << f->tries < PAUSE_MAX)
		pause.tv_sec = 1 << f->tries;
	f->tries++;
	evtimer_add(f->again, &pause);
}

static void
well(struct leasefile *f)
{
	if (f->tries > 0)
		say(f, RUDDER_INFO,
		    "subnet-file: %.256s: right again after %lld s", f->path,
		    (long long)(now() - f->since));
	f->tries = 0;
	f->written = true;
	evtimer_del(f->again);
}

static int
try(struct leasefile *f)
{
	f->err = subnetfile_write(f->path, &f->lease, f->masquerades);
	if (f->err == 0)
		well(f);
	else if (f->written)
		later(f);
	else
		return f->err;
	return 0;
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try(arg);
}

/* ---- From outside ------------------------------------------------------- */

int
leasefile_open(struct leasefile *f, struct event_base *base)
{
	f->again = evtimer_new(base, on_again, f);
	return f->again != NULL ? 0 : -ENOMEM;
}

int
leasefile_write(struct leasefile *f, const struct rudder_lease *lease)
{
	f->lease = *lease;
	f->lease.device = NULL; /* the library's, and not for long */
	return try(f);
}

/* A path may have any bytes, and JSON may not. */
static json_t *
reason(const struct leasefile *f)
{
	const char *error = strerror(-f->err);
	char why[512];
	json_t *text;

	snprintf(why, sizeof(why), "%.256s: %s", f->path, error);
	text = json_string(why);
	return text != NULL ? text : json_string(error);
}

char *
leasefile_annotate(const struct leasefile *f, char *status)
{
	json_t *root, *wait;
	char *text;

	if (f->tries == 0 || status == NULL)
		return status;
	root = json_loads(status, 0, NULL);
	free(status);
	wait = json_pack("{s:s, s:o, s:I, s:I}", "for", "subnet-file", "why",
	    reason(f), "seconds", (json_int_t)(now() - f->since), "tries",
	    (json_int_t)f->tries);
	json_array_append_new(json_object_get(root, "waits"), wait);
	text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return text;
}

void
leasefile_close(struct leasefile *f)
{
	if (f->again != NULL)
		event_free(f->again);
	f->again = NULL;
}
