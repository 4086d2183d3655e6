/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "endpoints.h"

/* Parts of a URL that an endpoint must not have. */
static const struct {
	CURLUPart part;
	const char *remedy;
} unwanted[] = {
	{ CURLUPART_USER, "leave out the user and password" },
	{ CURLUPART_PASSWORD, "leave out the user and password" },
};

/* NULL: fine. */
static const char *
check_parts(CURLU *parts)
{
	char *text;

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		text = NULL;
		if (curl_url_get(parts, unwanted[i].part, &text, 0) !=
		    CURLUE_OK)
			continue;
		curl_free(text);
		return unwanted[i].remedy;
	}
	return NULL;
}

static int
check_url(const char *url, const char **remedy)
{
	CURLU *parts;

	*remedy = "each URL begins with http:// or https://, with commas "
		  "and nothing else between them";
	if (strncasecmp(url, "http://", 7) != 0 &&
	    strncasecmp(url, "https://", 8) != 0)
		return -EINVAL;
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '\\')
			return -EINVAL;
	if (strpbrk(url, "?#") != NULL) {
		*remedy = "leave out all from the ? or # on";
		return -EINVAL;
	}
	parts = curl_url();
	if (parts == NULL)
		return -ENOMEM;
	if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK)
		*remedy = "a URL is like http://127.0.0.1:2379";
	else
		*remedy = check_parts(parts);
	curl_url_cleanup(parts);
	return *remedy != NULL ? -EINVAL : 0;
}

static bool
known(const struct endpoints *e, const char *url)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->urls[i], url) == 0)
			return true;
	return false;
}

/* Takes the URL. */
static int
append(struct endpoints *e, char *url)
{
	char **urls;

	if (known(e, url)) {
		free(url);
		return 0;
	}
	urls = reallocarray(e->urls, e->n + 1, sizeof(*urls));
	if (urls == NULL) {
		free(url);
		return -ENOMEM;
	}
	e->urls = urls;
	e->urls[e->n++] = url;
	return 0;
}

static int
add_one(struct endpoints *e, const char *s, size_t len, const char **remedy)
{
	char *url = strndup(s, len);
	int rc;

	if (url == NULL)
		return -ENOMEM;
	rc = check_url(url, remedy);
	if (rc < 0) {
		free(url);
		return rc;
	}
	while (len > 0 && url[len - 1] == '/')
		url[--len] = '\0';
	return append(e, url);
}

int
endpoints_add(struct endpoints *e, const char *list, const char **remedy)
{
	size_t len;
	int rc;

	*remedy = NULL;
	for (;; list += len + 1) {
		len = strcspn(list, ",");
		rc = add_one(e, list, len, remedy);
		if (rc < 0 || list[len] == '\0')
			return rc;
	}
}

void
endpoints_failed(struct endpoints *e, size_t which)
{
	if (which == e->current)
		e->current = (e->current + 1) % e->n;
}

void
endpoints_fini(struct endpoints *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->urls[i]);
	free(e->urls);
	*e = (struct endpoints){ 0 };
}
