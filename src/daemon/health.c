/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <jansson.h>

#include "door.h"
#include "health.h"
#include "metrics.h"

/* An idle visitor, in seconds; and what a request may weigh, in bytes. */
#define PATIENCE 10
#define HEADERS_MAX 8192

/*
 * At once. Whoever comes again and again and does not leave must not take the
 * descriptors with which we keep our lease: the oldest has to go for him.
 */
#define VISITORS_MAX 32

#define OPENMETRICS "application/openmetrics-text"

struct health {
	struct evhttp *http;
	struct bufferevent *visitors[VISITORS_MAX]; /* or NULL; our reference */
	unsigned oldest;			    /* when all are there */
	control_tell *tell;
	void *arg;
};

/* ---- Answers ------------------------------------------------------------ */

static void
reply(struct evhttp_request *request, int code, const char *type,
    const char *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *content = evbuffer_new();

	if (content == NULL || evbuffer_add(content, body, strlen(body)) < 0 ||
	    evhttp_add_header(headers, "Content-Type", type) < 0)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		evhttp_send_reply(request, code, NULL, content);
	if (content != NULL)
		evbuffer_free(content);
}

static json_t *
status_of(const struct health *h)
{
	char *text = h->tell(h->arg);
	json_t *status = text != NULL ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return status;
}

static void
on_healthz(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply(request, HTTP_OK, "text/plain; charset=utf-8", "alive\n");
}

static const char *
text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "-";
}

/* The verdict, and what does not go well all the same, a line each. */
static void
print_readiness(FILE *f, json_t *status)
{
	json_t *wait;
	size_t i;

	fprintf(f, "%s\n",
	    json_is_true(json_object_get(status, "ready"))
		? "ready"
		: text(status, "why"));
	json_array_foreach(json_object_get(status, "waits"), i, wait)
	    fprintf(f, "%s: %s\n", text(wait, "for"), text(wait, "why"));
}

static void
on_readyz(struct evhttp_request *request, void *arg)
{
	json_t *status = status_of(arg);
	bool ready = json_is_true(json_object_get(status, "ready"));
	char *body = NULL;
	size_t len;
	FILE *f = status != NULL ? open_memstream(&body, &len) : NULL;

	if (f != NULL) {
		print_readiness(f, status);
		fclose(f);
	}
	reply(request, ready ? HTTP_OK : HTTP_SERVUNAVAIL,
	    "text/plain; charset=utf-8", body != NULL ? body : "no memory\n");
	free(body);
	json_decref(status);
}

static bool
wants_openmetrics(struct evhttp_request *request)
{
	const char *accept = evhttp_find_header(
	    evhttp_request_get_input_headers(request), "Accept");

	return accept != NULL && strstr(accept, OPENMETRICS) != NULL;
}

static void
on_metrics(struct evhttp_request *request, void *arg)
{
	bool open = wants_openmetrics(request);
	json_t *status = status_of(arg);
	struct process process;
	char *body = NULL;
	size_t len;
	FILE *f = status != NULL ? open_memstream(&body, &len) : NULL;

	if (f != NULL) {
		process_look(&process);
		metrics_print(f, status, &process, open);
		fclose(f);
	}
	if (body != NULL)
		reply(request, HTTP_OK,
		    open ? OPENMETRICS "; version=1.0.0; charset=utf-8"
			 : "text/plain; version=0.0.4; charset=utf-8",
		    body);
	else
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	free(body);
	json_decref(status);
}

static void
on_status(struct evhttp_request *request, void *arg)
{
	struct health *h = arg;
	char *text = h->tell(h->arg);

	if (text != NULL)
		reply(request, HTTP_OK, "application/json", text);
	else
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	free(text);
}

static void
on_other(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply(request, HTTP_NOTFOUND, "text/plain; charset=utf-8",
	    "there are /healthz, /readyz, /metrics and /status\n");
}

/* ---- Visitors ----------------------------------------------------------- */

/* evhttp does not tell when one leaves, but it frees the stream: of what is
 * freed libevent takes the callbacks away, and our reference keeps the rest. */
static bool
has_left(struct bufferevent *stream)
{
	bufferevent_event_cb on_event;

	bufferevent_getcb(stream, NULL, NULL, &on_event, NULL);
	return on_event == NULL;
}

/* evhttp reads the end of it, and closes. */
static void
show_out(struct bufferevent *stream)
{
	if (!has_left(stream))
		shutdown(bufferevent_getfd(stream), SHUT_RDWR);
	bufferevent_decref(stream);
}

static struct bufferevent **
find_seat(struct health *h)
{
	struct bufferevent **seat;

	for (unsigned i = 0; i < VISITORS_MAX; i++) {
		seat = &h->visitors[(h->oldest + i) % VISITORS_MAX];
		if (*seat == NULL || has_left(*seat))
			return seat;
	}
	seat = &h->visitors[h->oldest];
	h->oldest = (h->oldest + 1) % VISITORS_MAX;
	return seat;
}

/* NULL: there is no memory; evhttp tries for itself, and is not watched. */
static struct bufferevent *
on_visitor(struct event_base *base, void *arg)
{
	struct bufferevent *stream = bufferevent_socket_new(base, -1, 0);
	struct bufferevent **seat;

	if (stream == NULL)
		return NULL;
	seat = find_seat(arg);
	if (*seat != NULL)
		show_out(*seat);
	*seat = stream;
	bufferevent_incref(stream);
	return stream;
}

/* ---- Its life ----------------------------------------------------------- */

/* No names: to look one up would hold the packets up. */
static bool
is_address(const char *host)
{
	struct in6_addr in6;

	return inet_pton(AF_INET, host, &in6) == 1 ||
	       inet_pton(AF_INET6, host, &in6) == 1;
}

/* "[::1]:8080" in two; the brackets go. */
static int
split(const char *where, char host[64], uint16_t *port)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon != NULL ? (size_t)(colon - where) : 0;
	unsigned long number;
	char *end;

	if (colon == NULL || len >= 64 || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	if (len > 1 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	snprintf(host, 64, "%.*s", (int)len, len > 0 ? where : "");
	if (len == 0)
		strcpy(host, "0.0.0.0");
	number = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || number == 0 || number > UINT16_MAX)
		return -EINVAL;
	*port = (uint16_t)number;
	return is_address(host) ? 0 : -EINVAL;
}

static int
set_pages(struct health *h)
{
	static const struct {
		const char *path;
		void (*on_page)(struct evhttp_request *, void *);
	} pages[] = {
		{ "/healthz", on_healthz },
		{ "/readyz", on_readyz },
		{ "/metrics", on_metrics },
		{ "/status", on_status },
	};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (evhttp_set_cb(h->http, pages[i].path, pages[i].on_page, h) <
		    0)
			return -ENOMEM;
	}
	evhttp_set_gencb(h->http, on_other, h);
	evhttp_set_bevcb(h->http, on_visitor, h);
	evhttp_set_allowed_methods(h->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(h->http, PATIENCE);
	evhttp_set_max_headers_size(h->http, HEADERS_MAX);
	evhttp_set_max_body_size(h->http, 0);
	return 0;
}

static int
listen_at(struct health *h, const char *host, uint16_t port)
{
	struct evhttp_bound_socket *bound;

	errno = EADDRNOTAVAIL;
	bound = evhttp_bind_socket_with_handle(h->http, host, port);
	if (bound == NULL)
		return -errno;
	door_guard(evhttp_bound_socket_get_listener(bound));
	return 0;
}

int
health_open(struct health **out, struct event_base *base, const char *where,
    control_tell *tell, void *arg)
{
	struct health *h;
	char host[64];
	uint16_t port;
	int rc = split(where, host, &port);

	if (rc < 0)
		return rc;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return -ENOMEM;
	h->tell = tell;
	h->arg = arg;
	h->http = evhttp_new(base);
	rc = h->http != NULL ? set_pages(h) : -ENOMEM;
	if (rc == 0)
		rc = listen_at(h, host, port);
	if (rc < 0) {
		health_close(h);
		return rc;
	}
	*out = h;
	return 0;
}

void
health_close(struct health *h)
{
	if (h == NULL)
		return;
	if (h->http != NULL)
		evhttp_free(h->http);
	for (unsigned i = 0; i < VISITORS_MAX; i++) {
		if (h->visitors[i] != NULL)
			bufferevent_decref(h->visitors[i]);
	}
	free(h);
}
