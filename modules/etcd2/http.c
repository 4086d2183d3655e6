/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a call
 *
 *	http_start      running: curl has it, and tells us through
 *			on_curl_socket and on_curl_timer what it waits for
 *	on_ready,       curl works. Its callbacks gather the head and the body
 *	on_timeout      and start nothing; then we are out of curl, and
 *	collect         what has ended leaves it: finished
 *	on_finished     done(), and the call is gone
 *
 * The detour over `finished` is there because curl cannot lose a transfer
 * inside of its callbacks, while our users may cancel anything inside of
 * done(). They never see curl on the stack, save for head().
 *
 * What else may end a call: a long poll on which nothing comes (on_idle), its
 * user (http_cancel), and want of memory for curl's sockets and timer: then
 * curl is deaf, so all that runs in it fails (`broken`).
 */
#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "easy.h"
#include "http.h"

struct http_call {
	TAILQ_ENTRY(http_call) link;
	struct http *http;
	struct easy easy;
	struct event *idle;
	bool running; /* else: ended */
};

struct http_socket {
	LIST_ENTRY(http_socket) link;
	struct event *event;
};

TAILQ_HEAD(http_calls, http_call);

struct http {
	struct event_base *base;
	struct easy_common common;
	CURLM *multi;
	struct event *timeout;	/* curl's one timer */
	struct event *finished; /* there is something in ... */
	struct http_calls ended;
	struct http_calls running;
	LIST_HEAD(, http_socket) sockets;
	bool broken;
};

/* ---- What curl wants to wait for --------------------------------------- */

static void
break_down(struct http *http)
{
	http->broken = true;
	event_active(http->timeout, EV_TIMEOUT, 0);
}

static void
socket_free(struct http_socket *s)
{
	if (s == NULL)
		return;
	LIST_REMOVE(s, link);
	if (s->event != NULL)
		event_free(s->event);
	free(s);
}

static struct http_socket *
socket_new(struct http *http, curl_socket_t fd)
{
	struct http_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	LIST_INSERT_HEAD(&http->sockets, s, link);
	curl_multi_assign(http->multi, fd, s);
	return s;
}

static void on_ready(evutil_socket_t fd, short what, void *arg);
static void on_timeout(evutil_socket_t fd, short what, void *arg);
static void on_finished(evutil_socket_t fd, short what, void *arg);

static int
socket_wait(
    struct http *http, struct http_socket *s, curl_socket_t fd, int what)
{
	short events = EV_PERSIST;

	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (s->event != NULL)
		event_free(s->event);
	s->event = event_new(http->base, fd, events, on_ready, http);
	if (s->event == NULL || event_add(s->event, NULL) < 0)
		return -ENOMEM;
	return 0;
}

static int
on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	struct http *http = arg;
	struct http_socket *s = mine;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		socket_free(s);
		return 0;
	}
	if (s == NULL)
		s = socket_new(http, fd);
	if (s == NULL || socket_wait(http, s, fd, what) < 0) {
		break_down(http);
		return -1;
	}
	return 0;
}

static int
on_curl_timer(CURLM *multi, long ms, void *arg)
{
	struct http *http = arg;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0) {
		event_del(http->timeout);
	} else if (event_add(http->timeout, &tv) < 0) {
		break_down(http);
		return -1;
	}
	return 0;
}

/* ---- Open -------------------------------------------------------------- */

struct http *
http_new(struct event_base *base, const struct http_limits *limits,
    const struct http_creds *creds)
{
	struct http *http;

	/* Counted, and safe with threads since libcurl 7.84. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	http = calloc(1, sizeof(*http));
	if (http == NULL) {
		curl_global_cleanup();
		return NULL;
	}
	http->base = base;
	http->common = (struct easy_common){ *limits, *creds };
	TAILQ_INIT(&http->running);
	TAILQ_INIT(&http->ended);
	LIST_INIT(&http->sockets);
	http->multi = curl_multi_init();
	http->timeout = evtimer_new(base, on_timeout, http);
	http->finished = event_new(base, -1, 0, on_finished, http);
	if (http->multi == NULL || http->timeout == NULL ||
	    http->finished == NULL) {
		http_free(http);
		return NULL;
	}
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	return http;
}

/* ---- Start ------------------------------------------------------------- */

static void
call_free(struct http_call *call)
{
	easy_fini(&call->easy);
	if (call->idle != NULL)
		event_free(call->idle);
	free(call);
}

/* The poll begins, or something has come of it. */
static void
on_came(void *owner)
{
	struct http_call *call = owner;
	const struct http_limits *limits = &call->http->common.limits;
	unsigned ms = call->easy.status != 0 ? limits->idle : limits->request;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (call->easy.request.poll && event_add(call->idle, &tv) < 0)
		break_down(call->http);
}

static void on_idle(evutil_socket_t fd, short what, void *arg);

static int
call_begin(struct http_call *call, const struct http_request *request)
{
	struct http *http = call->http;

	if (easy_init(&call->easy, request, &http->common, on_came, call) < 0)
		return -ENOMEM;
	call->idle = evtimer_new(http->base, on_idle, call);
	if (call->idle == NULL)
		return -ENOMEM;
	on_came(call);
	if (curl_multi_add_handle(http->multi, call->easy.curl) != CURLM_OK)
		return -ENOMEM;
	return 0;
}

int
http_start(struct http *http, const struct http_request *request,
    struct http_call **out)
{
	struct http_call *call = calloc(1, sizeof(*call));
	int rc;

	if (call == NULL)
		return -ENOMEM;
	call->http = http;
	rc = call_begin(call, request);
	if (rc < 0) {
		call_free(call);
		return rc;
	}
	call->running = true;
	TAILQ_INSERT_TAIL(&http->running, call, link);
	*out = call;
	return 0;
}

static void
leave(struct http_call *call)
{
	struct http *http = call->http;

	event_del(call->idle);
	curl_multi_remove_handle(http->multi, call->easy.curl);
	call->running = false;
	TAILQ_REMOVE(&http->running, call, link);
	TAILQ_INSERT_TAIL(&http->ended, call, link);
	event_active(http->finished, EV_TIMEOUT, 0);
}

/* After each visit to curl, with what came of it. */
static void
collect(struct http *http, CURLMcode rc)
{
	struct http_call *call;
	CURLMsg *msg;
	int left;

	if (rc != CURLM_OK)
		http->broken = true;
	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL) {
		char *mine = NULL;

		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &mine);
		call = (struct http_call *)(void *)mine;
		easy_judge(&call->easy, msg->data.result);
		leave(call);
	}
	while (http->broken && (call = TAILQ_FIRST(&http->running)) != NULL) {
		easy_judge(&call->easy, CURLE_OUT_OF_MEMORY);
		leave(call);
	}
	http->broken = false;
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;
	int action = 0, running;

	if (what & EV_READ)
		action |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		action |= CURL_CSELECT_OUT;
	collect(
	    http, curl_multi_socket_action(http->multi, fd, action, &running));
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;
	int running;

	(void)fd;
	(void)what;
	collect(http, curl_multi_socket_action(
			  http->multi, CURL_SOCKET_TIMEOUT, 0, &running));
}

static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct http_call *call = arg;

	(void)fd;
	(void)what;
	easy_judge(&call->easy, CURLE_OPERATION_TIMEDOUT);
	call->easy.end = HTTP_IDLE;
	leave(call);
}

static void
on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;
	struct http_answer answer;
	struct http_call *call;

	(void)fd;
	(void)what;
	while ((call = TAILQ_FIRST(&http->ended)) != NULL) {
		TAILQ_REMOVE(&http->ended, call, link);
		answer = easy_answer(&call->easy);
		call->easy.request.done(call->easy.request.arg, &answer);
		call_free(call);
	}
}

/* ---- The other ends ---------------------------------------------------- */

void
http_cancel(struct http_call *call)
{
	struct http *http = call->http;

	if (call->running) {
		curl_multi_remove_handle(http->multi, call->easy.curl);
		TAILQ_REMOVE(&http->running, call, link);
	} else {
		TAILQ_REMOVE(&http->ended, call, link);
	}
	call_free(call);
}

/* Accepts what http_new left half done. */
void
http_free(struct http *http)
{
	struct http_call *call;
	struct http_socket *s;

	while ((call = TAILQ_FIRST(&http->running)) != NULL ||
	       (call = TAILQ_FIRST(&http->ended)) != NULL)
		http_cancel(call);
	curl_multi_cleanup(http->multi);
	while ((s = LIST_FIRST(&http->sockets)) != NULL)
		socket_free(s);
	if (http->timeout != NULL)
		event_free(http->timeout);
	if (http->finished != NULL)
		event_free(http->finished);
	free(http);
	curl_global_cleanup();
}
