/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cause.h"
#include "easy.h"

static size_t on_header(char *line, size_t one, size_t n, void *arg);
static size_t on_body(char *data, size_t one, size_t n, void *arg);

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
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
	const char *method = easy->request.method;
	CURL *curl = easy->curl;
	CURLcode rc;

	rc = curl_easy_setopt(curl, CURLOPT_URL, easy->request.url);
	if (rc == CURLE_OK && form != NULL)
		rc = curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, form);
	if (rc == CURLE_OK && method != NULL)
		rc = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	return rc;
}

/*
 * With an authority of the user's, the system's do not count. An empty
 * passphrase keeps OpenSSL from asking for one on the terminal.
 *
 * curl sends user and password to the server of the URL alone, and not to
 * another one after a redirect: CURLOPT_UNRESTRICTED_AUTH is off.
 */
static CURLcode
set_creds(struct easy *easy)
{
	const struct http_creds *creds = &easy->common->creds;
	const struct {
		CURLoption option;
		const char *value;
	} files[] = {
		{ CURLOPT_CAINFO, creds->cafile },
		{ CURLOPT_SSLCERT, creds->certfile },
		{ CURLOPT_SSLKEY, creds->keyfile },
		{ CURLOPT_KEYPASSWD, creds->keyfile != NULL ? "" : NULL },
		{ CURLOPT_USERNAME, creds->user },
		{ CURLOPT_PASSWORD, creds->password },
	};
	CURLcode rc = CURLE_OK;

	if (creds->cafile != NULL)
		rc = curl_easy_setopt(easy->curl, CURLOPT_CAPATH, NULL);
	for (size_t i = 0; i < COUNT(files) && rc == CURLE_OK; i++)
		if (files[i].value != NULL)
			rc = curl_easy_setopt(
			    easy->curl, files[i].option, files[i].value);
	return rc;
}

static void
set_callbacks(struct easy *easy)
{
	long connect = easy->common->limits.connect;
	long total = easy->request.poll ? 0 : easy->common->limits.request;
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
    const struct easy_common *common, void (*came)(void *owner), void *owner)
{
	*easy = (struct easy){
		.curl = curl_easy_init(),
		.request = *request,
		.common = common,
		.came = came,
		.owner = owner,
		.begun = time(NULL),
	};
	if (easy->curl == NULL || set_common(easy->curl) != CURLE_OK ||
	    set_request(easy) != CURLE_OK || set_creds(easy) != CURLE_OK)
		return -ENOMEM;
	set_callbacks(easy);
	return 0;
}

/* ---- Inside of curl: an answer comes ----------------------------------- */

/* The value of a header of that name; too long a one is none. */
static bool
read_header(
    char value[EASY_HEADER], const char *name, const char *line, size_t n)
{
	size_t len = name != NULL ? strlen(name) : 0;

	if (len == 0 || n <= len || line[len] != ':' ||
	    strncasecmp(line, name, len) != 0)
		return false;
	for (line += len + 1, n -= len + 1; n > 0 && *line == ' '; n--)
		line++;
	while (n > 0 && strchr("\r\n \t", line[n - 1]) != NULL)
		n--;
	if (n >= EASY_HEADER)
		return false;
	memcpy(value, line, n);
	value[n] = '\0';
	return true;
}

/*
 * Whatever lies between our question and this moment is right: an answer may
 * have waited for us while this machine slept.
 */
static void
compare_clocks(struct easy *easy, const char *date)
{
	time_t theirs = curl_getdate(date, NULL), now = time(NULL);

	if (theirs == -1)
		return;
	if (theirs > now)
		easy->ahead = theirs - now;
	else if (theirs < easy->begun)
		easy->ahead = theirs - easy->begun;
}

static void
keep_header(struct easy *easy, const char *line, size_t n)
{
	char date[EASY_HEADER];

	read_header(easy->header, easy->request.header, line, n);
	if (read_header(date, "Date", line, n))
		compare_clocks(easy, date);
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
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		easy->in_head = true;
		easy->header[0] = '\0';
		easy->ahead = 0;
	} else if (easy->in_head && (line[0] == '\r' || line[0] == '\n')) {
		if (!head_ended(easy))
			return 0;
	} else if (easy->in_head) {
		keep_header(easy, line, n);
	}
	easy->came(easy->owner);
	return n;
}

static CURLcode
body_room(struct easy *easy, size_t n)
{
	size_t room = easy->room;
	char *body;

	if (n > easy->common->limits.body - easy->size)
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

static void
judge_fault(struct easy *easy, CURLcode code)
{
	bool cut = easy->status != 0 && cause_is_cut(code);

	easy->end = cut ? HTTP_CUT : HTTP_FAILED;
	easy->late = code == CURLE_OPERATION_TIMEDOUT;
	cause_text(
	    easy->why, easy->curl, code, easy->error, &easy->common->limits);
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
	curl_off_t body = 0;
	long head = 0;
	char *address = NULL;

	curl_easy_getinfo(easy->curl, CURLINFO_SIZE_DOWNLOAD_T, &body);
	curl_easy_getinfo(easy->curl, CURLINFO_HEADER_SIZE, &head);
	curl_easy_getinfo(easy->curl, CURLINFO_PRIMARY_IP, &address);
	return (struct http_answer){
		.end = easy->end,
		.why = easy->end == HTTP_WHOLE ? NULL : easy->why,
		.late = easy->late && easy->end == HTTP_FAILED,
		.status = easy->status,
		.header = easy->header[0] != '\0' ? easy->header : NULL,
		.ahead = easy->ahead,
		.address = address != NULL ? address : "",
		.body = easy->body,
		.size = easy->size,
		.received = (uint64_t)body + (uint64_t)head,
	};
}

void
easy_fini(struct easy *easy)
{
	if (easy->curl != NULL)
		curl_easy_cleanup(easy->curl);
	free(easy->body);
}
