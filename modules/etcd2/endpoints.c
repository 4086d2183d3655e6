/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "endpoints.h"
#include "net.h"

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

static const char *
check_letters(const char *url)
{
	static const char form[] = "each URL begins with http:// or https://, "
				   "with commas and nothing else between them";

	if (strncasecmp(url, "http://", 7) != 0 &&
	    strncasecmp(url, "https://", 8) != 0)
		return form;
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '\\')
			return form;
	if (strpbrk(url, "?#") != NULL)
		return "leave out all from the ? or # on";
	return NULL;
}

/* An IPv4 address may be in the clothes of one of version 6. */
static uint32_t
read_address(const char *text)
{
	static const char mapped[] = "::ffff:";
	uint32_t address = 0;

	if (strncasecmp(text, mapped, sizeof(mapped) - 1) == 0)
		text += sizeof(mapped) - 1;
	return net_parse_ip(text, &address) == 0 ? address : 0;
}

static int
read_host(CURLU *parts, uint32_t *address)
{
	char *host = NULL;

	if (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return -ENOMEM;
	*address = read_address(host);
	curl_free(host);
	return 0;
}

static int
check_url(const char *url, uint32_t *address, const char **remedy)
{
	CURLU *parts;
	int rc = -EINVAL;

	*remedy = check_letters(url);
	if (*remedy != NULL)
		return -EINVAL;
	parts = curl_url();
	if (parts == NULL)
		return -ENOMEM;
	if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK)
		*remedy = "a URL is like http://127.0.0.1:2379";
	else
		*remedy = check_parts(parts);
	if (*remedy == NULL)
		rc = read_host(parts, address);
	curl_url_cleanup(parts);
	return rc;
}

static bool
known(const struct endpoints *e, const char *url)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->all[i].url, url) == 0)
			return true;
	return false;
}

/* Takes the URL. */
static int
append(struct endpoints *e, char *url, uint32_t address)
{
	struct endpoint *all;

	if (known(e, url)) {
		free(url);
		return 0;
	}
	all = reallocarray(e->all, e->n + 1, sizeof(*all));
	if (all == NULL) {
		free(url);
		return -ENOMEM;
	}
	e->all = all;
	e->all[e->n++] = (struct endpoint){
		.url = url,
		.tls = strncasecmp(url, "https", 5) == 0,
		.written = address,
	};
	return 0;
}

static int
add_one(struct endpoints *e, const char *s, size_t len, const char **remedy)
{
	char *url = strndup(s, len);
	uint32_t address;
	int rc;

	if (url == NULL)
		return -ENOMEM;
	rc = check_url(url, &address, remedy);
	if (rc < 0) {
		free(url);
		return rc;
	}
	while (len > 0 && url[len - 1] == '/')
		url[--len] = '\0';
	return append(e, url, address);
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

bool
endpoints_failed(struct endpoints *e, size_t which)
{
	if (which != e->current || e->n == 1)
		return false;
	e->current = (e->current + 1) % e->n;
	return true;
}

void
endpoints_met(struct endpoints *e, size_t which, const char *address)
{
	if (address[0] != '\0')
		e->all[which].met = read_address(address);
}

bool
endpoints_within(const struct endpoints *e, struct rudder_net net)
{
	for (size_t i = 0; i < e->n; i++)
		if ((e->all[i].written != 0 &&
			net_has(net, e->all[i].written)) ||
		    (e->all[i].met != 0 && net_has(net, e->all[i].met)))
			return true;
	return false;
}

void
endpoints_fini(struct endpoints *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->all[i].url);
	free(e->all);
	*e = (struct endpoints){ 0 };
}
