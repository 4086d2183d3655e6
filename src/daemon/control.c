/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "control.h"
#include "door.h"
#include "file.h"

/* For one more the oldest has to go, who reads too slowly. */
#define VISITORS_MAX 16

/* One that does not read what it came for, in seconds. */
#define VISITOR_PATIENCE 10

struct visitor {
	TAILQ_ENTRY(visitor) link;
	struct control *control;
	struct bufferevent *stream;
};

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	struct sockaddr_un address;
	control_tell *tell;
	void *arg;
	TAILQ_HEAD(, visitor) visitors; /* the oldest first */
	unsigned n_visitors;
};

/* ---- The visitors ------------------------------------------------------- */

static void
visitor_free(struct visitor *v)
{
	TAILQ_REMOVE(&v->control->visitors, v, link);
	v->control->n_visitors--;
	bufferevent_free(v->stream);
	free(v);
}

/* All was sent. */
static void
on_written(struct bufferevent *stream, void *arg)
{
	(void)stream;
	visitor_free(arg);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	(void)what;
	visitor_free(arg);
}

static void
on_sent(const void *text, size_t len, void *arg)
{
	(void)len;
	(void)arg;
	free((void *)text);
}

/* Takes the stream. */
static void
tell(struct control *c, struct bufferevent *stream)
{
	static const struct timeval patience = { VISITOR_PATIENCE, 0 };
	struct visitor *v = malloc(sizeof(*v));
	char *text = c->tell(c->arg);

	if (v == NULL || text == NULL ||
	    evbuffer_add_reference(bufferevent_get_output(stream), text,
		strlen(text), on_sent, NULL) < 0) {
		free(text);
		free(v);
		bufferevent_free(stream);
		return;
	}
	*v = (struct visitor){ .control = c, .stream = stream };
	TAILQ_INSERT_TAIL(&c->visitors, v, link);
	c->n_visitors++;
	bufferevent_setcb(stream, NULL, on_written, on_event, v);
	bufferevent_set_timeouts(stream, NULL, &patience);
	bufferevent_enable(stream, EV_WRITE);
}

static void
on_visitor(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int len, void *arg)
{
	struct control *c = arg;
	struct bufferevent *stream;

	(void)listener;
	(void)from;
	(void)len;
	if (c->n_visitors == VISITORS_MAX)
		visitor_free(TAILQ_FIRST(&c->visitors));
	stream = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (stream == NULL)
		evutil_closesocket(fd);
	else
		tell(c, stream);
}

/* ---- The socket --------------------------------------------------------- */

static int
set_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

/* A file that nobody answers at is what a killed process left. */
static int
clear_way(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	int rc;

	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	close(fd);
	if (rc == 0)
		return -EADDRINUSE;
	if (lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(address->sun_path);
	return 0;
}

static int
listen_at(struct control *c)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (struct sockaddr *)&c->address, sizeof(c->address)) < 0)
		rc = -errno;
	if (rc == 0)
		c->listener = evconnlistener_new(c->base, on_visitor, c,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, VISITORS_MAX,
		    fd);
	if (c->listener == NULL) {
		close(fd);
		return rc < 0 ? rc : -ENOMEM;
	}
	door_guard(c->listener);
	return 0;
}

int
control_open(struct control **out, struct event_base *base, const char *path,
    control_tell *teller, void *arg)
{
	struct control *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return -ENOMEM;
	c->base = base;
	c->tell = teller;
	c->arg = arg;
	TAILQ_INIT(&c->visitors);
	rc = set_address(&c->address, path);
	if (rc == 0)
		rc = file_make_directories(path);
	if (rc == 0)
		rc = clear_way(&c->address);
	if (rc == 0)
		rc = listen_at(c);
	if (rc < 0) {
		free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
control_close(struct control *c)
{
	struct visitor *v;

	if (c == NULL)
		return;
	while ((v = TAILQ_FIRST(&c->visitors)) != NULL)
		visitor_free(v);
	evconnlistener_free(c->listener);
	unlink(c->address.sun_path);
	free(c);
}
