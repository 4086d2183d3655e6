/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "server.h"

#define MAX 32

struct connection {
	LIST_ENTRY(connection) link;
	struct server *server;
	struct bufferevent *bev;
	bool close;
};

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	char url[64];
	LIST_HEAD(, connection) connections;
	struct connection *latest;
	struct {
		char *bytes;
		enum then then;
	} script[MAX];
	size_t n_script;
	bool repeat;
	struct {
		char line[1024];
		char body[1024];
		char heads[1024];
	} seen[MAX];
	size_t n_seen;
};

static void
connection_free(struct connection *c)
{
	if (c->server->latest == c)
		c->server->latest = NULL;
	LIST_REMOVE(c, link);
	bufferevent_free(c->bev);
	free(c);
}

static void
say(struct connection *c, enum then then, const char *bytes)
{
	c->close = then == THEN_CLOSE;
	bufferevent_write(c->bev, bytes, strlen(bytes));
	if (c->close)
		bufferevent_disable(c->bev, EV_READ);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	(void)bev;
	if (c->close)
		connection_free(c);
}

/* "\r\nContent-Length: 5\r\n" */
static size_t
body_length(const char *head)
{
	const char *p = strstr(head, "\r\nContent-Length: ");

	return p != NULL ? strtoul(p + 18, NULL, 10) : 0;
}

/* The hello of TLS counts as a request. */
static size_t
note_tls(struct server *s, size_t len)
{
	if (s->n_seen == MAX)
		return 0;
	strcpy(s->seen[s->n_seen++].line, "TLS");
	return len;
}

/* A whole request at the front of the text? Its length, or 0. */
static size_t
note_request(struct server *s, char *text)
{
	char *end = strstr(text, "\r\n\r\n");
	size_t n = s->n_seen, len;

	if (end == NULL || n == MAX)
		return 0;
	end += 4;
	len = body_length(text);
	if (strlen(end) < len)
		return 0;
	snprintf(
	    s->seen[n].body, sizeof(s->seen[n].body), "%.*s", (int)len, end);
	snprintf(s->seen[n].heads, sizeof(s->seen[n].heads), "%.*s",
	    (int)(end - text), text);
	snprintf(s->seen[n].line, sizeof(s->seen[n].line), "%.*s",
	    (int)(strstr(text, " HTTP/1.1\r\n") - text), text);
	s->n_seen++;
	return (size_t)(end - text) + len;
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	struct server *s = c->server;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len, n = s->n_seen;
	char text[4096] = "";

	evbuffer_copyout(in, text, sizeof(text) - 1);
	if (text[0] == 0x16)
		len = note_tls(s, evbuffer_get_length(in));
	else
		len = note_request(s, text);
	if (len == 0)
		return;
	evbuffer_drain(in, len);
	s->latest = c;
	if (s->repeat) {
		n = s->n_script > 1 &&
		    strstr(s->seen[n].line, "wait=true") != NULL;
		s->n_seen = 0;
	}
	if (n < s->n_script)
		say(c, s->script[n].then, s->script[n].bytes);
}

static void
on_closed(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	connection_free(arg);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct server *s = arg;
	struct connection *c = calloc(1, sizeof(*c));

	(void)l;
	(void)sa;
	(void)len;
	c->server = s;
	c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	LIST_INSERT_HEAD(&s->connections, c, link);
	bufferevent_setcb(c->bev, on_readable, on_written, on_closed, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

struct server *
server_new(struct event_base *base)
{
	struct server *s = calloc(1, sizeof(*s));
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->base = base;
	LIST_INIT(&s->connections);
	s->listener = evconnlistener_new_bind(base, on_accept, s,
	    LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&sin, sizeof(sin));
	getsockname(
	    evconnlistener_get_fd(s->listener), (struct sockaddr *)&sin, &len);
	snprintf(
	    s->url, sizeof(s->url), "http://127.0.0.1:%u", ntohs(sin.sin_port));
	return s;
}

void
server_free(struct server *s)
{
	struct connection *c;

	while ((c = LIST_FIRST(&s->connections)) != NULL)
		connection_free(c);
	for (size_t i = 0; i < s->n_script; i++)
		free(s->script[i].bytes);
	evconnlistener_free(s->listener);
	free(s);
}

const char *
server_url(const struct server *s)
{
	return s->url;
}

void
server_raw(struct server *s, enum then then, const char *bytes)
{
	s->script[s->n_script].bytes = strdup(bytes);
	s->script[s->n_script++].then = then;
}

void
server_repeat(struct server *s)
{
	s->repeat = true;
}

static void
add(struct server *s, const char *status, const char *index, const char *rest)
{
	char *bytes;

	if (asprintf(&bytes, "HTTP/1.1 %s\r\n%s%s%s%s", status,
		index != NULL ? "X-Etcd-Index: " : "",
		index != NULL ? index : "", index != NULL ? "\r\n" : "",
		rest) < 0)
		abort();
	server_raw(s, THEN_KEEP, bytes);
	free(bytes);
}

void
server_answer(
    struct server *s, const char *status, const char *index, const char *body)
{
	char *rest;

	if (asprintf(
		&rest, "Content-Length: %zu\r\n\r\n%s", strlen(body), body) < 0)
		abort();
	add(s, status, index, rest);
	free(rest);
}

void
server_head(struct server *s, const char *status, const char *index)
{
	add(s, status, index, "Transfer-Encoding: chunked\r\n\r\n");
}

void
server_more(struct server *s, enum then then, const char *bytes)
{
	struct connection *c = s->latest;

	if (c == NULL)
		return;
	say(c, then, bytes);
	if (c->close &&
	    evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		connection_free(c);
}

void
server_chunk(struct server *s, const char *bytes)
{
	char *chunk;

	if (asprintf(&chunk, "%zx\r\n%s\r\n", strlen(bytes), bytes) < 0)
		abort();
	server_more(s, THEN_KEEP, chunk);
	free(chunk);
}

size_t
server_requests(const struct server *s)
{
	return s->n_seen;
}

const char *
server_line(const struct server *s, size_t n)
{
	return n < s->n_seen ? s->seen[n].line : "";
}

const char *
server_body(const struct server *s, size_t n)
{
	return n < s->n_seen ? s->seen[n].body : "";
}

const char *
server_heads(const struct server *s, size_t n)
{
	return n < s->n_seen ? s->seen[n].heads : "";
}

size_t
server_connections(const struct server *s)
{
	const struct connection *c;
	size_t n = 0;

	LIST_FOREACH (c, &s->connections, link)
		n++;
	return n;
}
