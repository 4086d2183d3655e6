/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "door.h"
#include "voice.h"

/* The option that it was asked for by. */
static const char *
name_of(struct evconnlistener *listener)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(at);

	getsockname(
	    evconnlistener_get_fd(listener), (struct sockaddr *)&at, &len);
	return at.ss_family == AF_UNIX ? "control-socket" : "healthz-listen";
}

static void
on_rested(evutil_socket_t fd, short what, void *listener)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(listener);
}

/* The argument is that of the visitors' callback, which may be libevent's. */
static void
on_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval pause = { DOOR_PAUSE, 0 };
	const char *error = strerror(EVUTIL_SOCKET_ERROR());
	char line[160];

	(void)arg;
	snprintf(line, sizeof(line),
	    "%s: nobody can be let in: %s; trying again in %d s",
	    name_of(listener), error, DOOR_PAUSE);
	voice_say(RUDDER_WARNING, line);
	evconnlistener_disable(listener);
	if (event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT,
		on_rested, listener, &pause) < 0)
		evconnlistener_enable(listener);
}

void
door_guard(struct evconnlistener *listener)
{
	evconnlistener_set_error_cb(listener, on_error);
}
