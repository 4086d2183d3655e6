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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "http.h"

#define WHY_SIZE (CURL_ERROR_SIZE + 64)
#define HEADER_SIZE 64

struct http_call {
	TAILQ_ENTRY(http_call) link;
	struct http *http;
	struct http_request request; /* url and form are curl's by now */
	CURL *easy;
	struct event *idle;
	bool running;

	bool in_head;
	char header[HEADER_SIZE];
	int status;

	char *body;
	size_t size, room;

	CURLcode fault; /* ours, where curl can only say "write error" */
	bool stopped;

	enum http_end end;
	char error[CURL_ERROR_SIZE];
	char why[WHY_SIZE];
};

struct http_socket {
	LIST_ENTRY(http_socket) link;
	struct event *event;
};

TAILQ_HEAD(http_calls, http_call);

struct http {
	struct event_base *base;
	struct http_limits limits;
	CURLM *multi;
	struct event *timeout;	/* curl's one timer */
	struct event *finished; /* there is something in ... */
	struct http_calls ended;
	struct http_calls running;
	LIST_HEAD(, http_socket) sockets;
	bool broken;
};

/* ---- What curl wants to wait for ---------------------------------------- */

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

/* ---- Open ---------------------------------------------------------------- */

struct http *
http_new(struct event_base *base, const struct http_limits *limits)
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
	http->limits = *limits;
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

/* ---- Start --------------------------------------------------------------- */

static void
call_free(struct http_call *call)
{
	if (call->easy != NULL)
		curl_easy_cleanup(call->easy);
	if (call->idle != NULL)
		event_free(call->idle);
	free(call->body);
	free(call);
}

static void on_idle(evutil_socket_t fd, short what, void *arg);
static size_t on_header(char *line, size_t one, size_t n, void *arg);
static size_t on_body(char *data, size_t one, size_t n, void *arg);

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	/* etcd 0.4 sends writes on to its leader, by a 307. */
	{ CURLOPT_FOLLOWLOCATION, 1 },
	{ CURLOPT_MAXREDIRS, 5 },
	{ CURLOPT_POSTREDIR, CURL_REDIR_POST_ALL },
	/* A name may lead elsewhere by now: ask for each connection. */
	{ CURLOPT_DNS_CACHE_TIMEOUT, 0 },
	{ CURLOPT_TCP_KEEPALIVE, 1 },
	{ CURLOPT_TCP_KEEPIDLE, 60 },
	{ CURLOPT_TCP_KEEPINTVL, 15 },
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Not to stand still until a slow resolver's thread has ended. */
	{ CURLOPT_QUICK_EXIT, 1 },
#endif
#if LIBCURL_VERSION_NUM < 0x075500
	{ CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS },
	{ CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS },
#endif
};

static const struct {
	CURLoption option;
	const char *value;
} texts[] = {
	{ CURLOPT_USERAGENT, "rudder/" VERSION },
	/* The registry is ours and near: $http_proxy is not meant for it. */
	{ CURLOPT_NOPROXY, "*" },
#if LIBCURL_VERSION_NUM >= 0x075500
	{ CURLOPT_PROTOCOLS_STR, "http,https" },
	{ CURLOPT_REDIR_PROTOCOLS_STR, "http,https" },
#endif
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What is the same for each call. */
static CURLcode
set_common(CURL *easy)
{
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; i < COUNT(numbers); i++)
		curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < COUNT(texts) && rc == CURLE_OK; i++)
		rc = curl_easy_setopt(easy, texts[i].option, texts[i].value);
	return rc;
}

static CURLcode
set_request(struct http_call *call)
{
	const struct http_request *request = &call->request;
	CURL *easy = call->easy;
	CURLcode rc;

	rc = curl_easy_setopt(easy, CURLOPT_URL, request->url);
	if (rc == CURLE_OK && request->form != NULL)
		rc = curl_easy_setopt(
		    easy, CURLOPT_COPYPOSTFIELDS, request->form);
	if (rc == CURLE_OK && request->form != NULL)
		rc = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
	return rc;
}

static void
set_callbacks(struct http_call *call)
{
	const struct http_limits *limits = &call->http->limits;
	CURL *easy = call->easy;

	curl_easy_setopt(
	    easy, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect);
	if (!call->request.poll)
		curl_easy_setopt(
		    easy, CURLOPT_TIMEOUT_MS, (long)limits->request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
}

/* Something came, or may come from now on. */
static int
idle_again(struct http_call *call)
{
	unsigned ms = call->http->limits.idle;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (!call->request.poll)
		return 0;
	return event_add(call->idle, &tv);
}

static int
call_begin(struct http_call *call)
{
	struct http *http = call->http;

	call->easy = curl_easy_init();
	if (call->easy == NULL || set_common(call->easy) != CURLE_OK ||
	    set_request(call) != CURLE_OK)
		return -ENOMEM;
	set_callbacks(call);
	call->idle = evtimer_new(http->base, on_idle, call);
	if (call->idle == NULL || idle_again(call) < 0)
		return -ENOMEM;
	if (curl_multi_add_handle(http->multi, call->easy) != CURLM_OK)
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
	call->request = *request;
	rc = call_begin(call);
	if (rc < 0) {
		call_free(call);
		return rc;
	}
	call->running = true;
	TAILQ_INSERT_TAIL(&http->running, call, link);
	*out = call;
	return 0;
}

/* ---- Inside of curl: an answer comes --------------------------------------
 */

static void
keep_header(struct http_call *call, const char *line, size_t n)
{
	const char *name = call->request.header;
	size_t len = name != NULL ? strlen(name) : 0;

	if (len == 0 || n <= len || line[len] != ':' ||
	    strncasecmp(line, name, len) != 0)
		return;
	for (line += len + 1, n -= len + 1; n > 0 && *line == ' '; n--)
		line++;
	while (n > 0 && strchr("\r\n \t", line[n - 1]) != NULL)
		n--;
	if (n >= sizeof(call->header))
		return;
	memcpy(call->header, line, n);
	call->header[n] = '\0';
}

/* False: no more of this, please. */
static bool
head_ended(struct http_call *call)
{
	const struct http_request *request = &call->request;
	long status = 0;

	call->in_head = false;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status / 100 == 3)
		return true;
	call->status = (int)status;
	if (request->head == NULL)
		return true;
	call->stopped = !request->head(request->arg, call->status,
	    call->header[0] != '\0' ? call->header : NULL);
	return !call->stopped;
}

/* A line of a head; after the body, of a trailer: those count for nothing. */
static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct http_call *call = arg;

	(void)one;
	idle_again(call);
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		call->in_head = true;
		call->header[0] = '\0';
	} else if (call->in_head && (line[0] == '\r' || line[0] == '\n')) {
		if (!head_ended(call))
			return 0;
	} else if (call->in_head) {
		keep_header(call, line, n);
	}
	return n;
}

static CURLcode
body_room(struct http_call *call, size_t n)
{
	size_t room = call->room;
	char *body;

	if (n > call->http->limits.body - call->size)
		return CURLE_FILESIZE_EXCEEDED;
	if (n <= room - call->size)
		return CURLE_OK;
	room = room * 2 > call->size + n ? room * 2 : call->size + n;
	body = realloc(call->body, room);
	if (body == NULL)
		return CURLE_OUT_OF_MEMORY;
	call->body = body;
	call->room = room;
	return CURLE_OK;
}

static size_t
on_body(char *data, size_t one, size_t n, void *arg)
{
	struct http_call *call = arg;

	(void)one;
	idle_again(call);
	call->fault = body_room(call, n);
	if (call->fault != CURLE_OK)
		return 0;
	if (n > 0)
		memcpy(call->body + call->size, data, n);
	call->size += n;
	return n;
}

/* ---- Out of curl: how it ended ---------------------------------------------
 */

/* A cause that people can tell from the others at a glance. */
static const struct {
	CURLcode code;
	const char *words;
	bool cut; /* after a head: that of a broken connection */
} causes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "its name does not resolve", false },
	{ CURLE_COULDNT_CONNECT, "cannot connect", false },
	{ CURLE_OPERATION_TIMEDOUT, "no answer in time", false },
	{ CURLE_SSL_CONNECT_ERROR, "no TLS with it", false },
	{ CURLE_PEER_FAILED_VERIFICATION, "its TLS certificate does not hold",
	    false },
	{ CURLE_SSL_CERTPROBLEM, "our TLS certificate does not hold", false },
	{ CURLE_SSL_CACERT_BADFILE, "the TLS authorities cannot be read",
	    false },
	{ CURLE_GOT_NOTHING, "closed the connection without an answer", true },
	{ CURLE_SEND_ERROR, "the connection broke", true },
	{ CURLE_RECV_ERROR, "the connection broke", true },
	{ CURLE_PARTIAL_FILE, "the connection broke within the answer", true },
	{ CURLE_FILESIZE_EXCEEDED, "its answer is too large", false },
	{ CURLE_TOO_MANY_REDIRECTS, "it sends us in circles", false },
	{ CURLE_OUT_OF_MEMORY, "out of memory", false },
};

/* What the system said, or else curl. */
static const char *
detail(struct http_call *call, CURLcode code, char *text, size_t size)
{
	long system = 0;

	curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &system);
	if (code == CURLE_COULDNT_CONNECT && system != 0)
		return strerror_r((int)system, text, size);
	return call->error[0] != '\0' ? call->error : curl_easy_strerror(code);
}

static void
judge_fault(struct http_call *call, CURLcode code)
{
	const char *words = "no answer";
	char text[128];

	call->end = HTTP_FAILED;
	for (size_t i = 0; i < COUNT(causes); i++) {
		if (causes[i].code != code)
			continue;
		words = causes[i].words;
		if (causes[i].cut && call->status != 0)
			call->end = HTTP_CUT;
	}
	snprintf(call->why, sizeof(call->why), "%s (%s)", words,
	    detail(call, code, text, sizeof(text)));
}

static void
judge(struct http_call *call, CURLcode code)
{
	long status = 0;

	if (call->stopped) {
		call->end = HTTP_STOPPED;
		snprintf(call->why, sizeof(call->why), "stopped");
	} else if (call->fault != CURLE_OK) {
		call->error[0] = '\0';
		judge_fault(call, call->fault);
	} else if (code != CURLE_OK) {
		judge_fault(call, code);
	} else {
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
		call->status = (int)status;
		call->end = HTTP_WHOLE;
	}
}

static void
leave(struct http_call *call)
{
	struct http *http = call->http;

	event_del(call->idle);
	curl_multi_remove_handle(http->multi, call->easy);
	call->running = false;
	TAILQ_REMOVE(&http->running, call, link);
	TAILQ_INSERT_TAIL(&http->ended, call, link);
	event_active(http->finished, EV_TIMEOUT, 0);
}

/* After each visit to curl. */
static void
collect(struct http *http)
{
	struct http_call *call;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL) {
		char *mine = NULL;

		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &mine);
		call = (struct http_call *)(void *)mine;
		judge(call, msg->data.result);
		leave(call);
	}
	while (http->broken && (call = TAILQ_FIRST(&http->running)) != NULL) {
		judge(call, CURLE_OUT_OF_MEMORY);
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
	curl_multi_socket_action(http->multi, fd, action, &running);
	collect(http);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(http);
}

static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct http_call *call = arg;

	(void)fd;
	(void)what;
	judge(call, CURLE_OPERATION_TIMEDOUT);
	if (call->status != 0)
		call->end = HTTP_IDLE;
	leave(call);
}

static void
on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;
	struct http_call *call;

	(void)fd;
	(void)what;
	while ((call = TAILQ_FIRST(&http->ended)) != NULL) {
		TAILQ_REMOVE(&http->ended, call, link);
		call->request.done(call->request.arg,
		    &(struct http_answer){
			.end = call->end,
			.why = call->why,
			.status = call->status,
			.header = call->header[0] ? call->header : NULL,
			.body = call->body,
			.size = call->size,
		    });
		call_free(call);
	}
}

/* ---- The other ends ---------------------------------------------------------
 */

void
http_cancel(struct http_call *call)
{
	struct http *http = call->http;

	if (call->running) {
		curl_multi_remove_handle(http->multi, call->easy);
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
