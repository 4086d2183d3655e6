/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "easy.h"

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

/* What is the same for each request. */
static CURLcode
set_common(CURL *curl)
{
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; i < COUNT(numbers); i++)
		curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < COUNT(texts) && rc == CURLE_OK; i++)
		rc = curl_easy_setopt(curl, texts[i].option, texts[i].value);
	return rc;
}

static CURLcode
set_request(struct easy *easy)
{
	const char *form = easy->request.form;
	CURL *curl = easy->curl;
	CURLcode rc;

	rc = curl_easy_setopt(curl, CURLOPT_URL, easy->request.url);
	if (rc == CURLE_OK && form != NULL)
		rc = curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, form);
	if (rc == CURLE_OK && form != NULL)
		rc = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
	return rc;
}

static void
set_callbacks(struct easy *easy)
{
	long connect = easy->limits->connect;
	long total = easy->request.poll ? 0 : easy->limits->request;
	CURL *curl = easy->curl;

	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, total);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->error);
	curl_easy_setopt(curl, CURLOPT_PRIVATE, easy->owner);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, easy);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy);
}

int
easy_init(struct easy *easy, const struct http_request *request,
    const struct http_limits *limits, void (*came)(void *owner), void *owner)
{
	*easy = (struct easy){
		.curl = curl_easy_init(),
		.request = *request,
		.limits = limits,
		.came = came,
		.owner = owner,
	};
	if (easy->curl == NULL || set_common(easy->curl) != CURLE_OK ||
	    set_request(easy) != CURLE_OK)
		return -ENOMEM;
	set_callbacks(easy);
	return 0;
}

/* ---- Inside of curl: an answer comes ----------------------------------- */

static void
keep_header(struct easy *easy, const char *line, size_t n)
{
	const char *name = easy->request.header;
	size_t len = name != NULL ? strlen(name) : 0;

	if (len == 0 || n <= len || line[len] != ':' ||
	    strncasecmp(line, name, len) != 0)
		return;
	for (line += len + 1, n -= len + 1; n > 0 && *line == ' '; n--)
		line++;
	while (n > 0 && strchr("\r\n \t", line[n - 1]) != NULL)
		n--;
	if (n >= sizeof(easy->header))
		return;
	memcpy(easy->header, line, n);
	easy->header[n] = '\0';
}

/* False: no more of this, please. */
static bool
head_ended(struct easy *easy)
{
	const struct http_request *request = &easy->request;
	long status = 0;

	easy->in_head = false;
	curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status / 100 == 3)
		return true;
	easy->status = (int)status;
	if (request->head == NULL)
		return true;
	easy->stopped = !request->head(request->arg, easy->status,
	    easy->header[0] != '\0' ? easy->header : NULL);
	return !easy->stopped;
}

/* A line of a head; after the body, of a trailer: those count for nothing. */
static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct easy *easy = arg;

	(void)one;
	easy->came(easy->owner);
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		easy->in_head = true;
		easy->header[0] = '\0';
	} else if (easy->in_head && (line[0] == '\r' || line[0] == '\n')) {
		if (!head_ended(easy))
			return 0;
	} else if (easy->in_head) {
		keep_header(easy, line, n);
	}
	return n;
}

static CURLcode
body_room(struct easy *easy, size_t n)
{
	size_t room = easy->room;
	char *body;

	if (n > easy->limits->body - easy->size)
		return CURLE_FILESIZE_EXCEEDED;
	if (n <= room - easy->size)
		return CURLE_OK;
	room = room * 2 > easy->size + n ? room * 2 : easy->size + n;
	body = realloc(easy->body, room);
	if (body == NULL)
		return CURLE_OUT_OF_MEMORY;
	easy->body = body;
	easy->room = room;
	return CURLE_OK;
}

static size_t
on_body(char *data, size_t one, size_t n, void *arg)
{
	struct easy *easy = arg;

	(void)one;
	easy->came(easy->owner);
	easy->fault = body_room(easy, n);
	if (easy->fault != CURLE_OK)
		return 0;
	if (n > 0)
		memcpy(easy->body + easy->size, data, n);
	easy->size += n;
	return n;
}

/* ---- Out of curl: how it ended ----------------------------------------- */

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
detail(struct easy *easy, CURLcode code, char *text, size_t size)
{
	long system = 0;

	curl_easy_getinfo(easy->curl, CURLINFO_OS_ERRNO, &system);
	if (code == CURLE_COULDNT_CONNECT && system != 0)
		return strerror_r((int)system, text, size);
	return easy->error[0] != '\0' ? easy->error : curl_easy_strerror(code);
}

static void
judge_fault(struct easy *easy, CURLcode code)
{
	const char *words = "no answer";
	char text[128];

	easy->end = HTTP_FAILED;
	for (size_t i = 0; i < COUNT(causes); i++) {
		if (causes[i].code != code)
			continue;
		words = causes[i].words;
		if (causes[i].cut && easy->status != 0)
			easy->end = HTTP_CUT;
	}
	snprintf(easy->why, sizeof(easy->why), "%s (%s)", words,
	    detail(easy, code, text, sizeof(text)));
}

void
easy_judge(struct easy *easy, CURLcode code)
{
	long status = 0;

	if (easy->stopped) {
		easy->end = HTTP_STOPPED;
		snprintf(easy->why, sizeof(easy->why), "stopped");
	} else if (easy->fault != CURLE_OK) {
		easy->error[0] = '\0';
		judge_fault(easy, easy->fault);
	} else if (code != CURLE_OK) {
		judge_fault(easy, code);
	} else {
		curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
		easy->status = (int)status;
		easy->end = HTTP_WHOLE;
	}
}

struct http_answer
easy_answer(const struct easy *easy)
{
	return (struct http_answer){
		.end = easy->end,
		.why = easy->end == HTTP_WHOLE ? NULL : easy->why,
		.status = easy->status,
		.header = easy->header[0] != '\0' ? easy->header : NULL,
		.body = easy->body,
		.size = easy->size,
	};
}

void
easy_fini(struct easy *easy)
{
	if (easy->curl != NULL)
		curl_easy_cleanup(easy->curl);
	free(easy->body);
}
