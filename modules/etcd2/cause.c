/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cause.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DETAIL 128

#define CERTIFY                                                 \
	"set etcd-certfile and etcd-keyfile to a pair that an " \
	"authority of its --trusted-ca-file has issued"

/*
 * What was said tells one cause from another where curl's code does not. The
 * first that fits counts.
 */
static const struct {
	CURLcode code;
	const char *sign; /* within what was said; "": anything */
	const char *words;
	const char *remedy;
} causes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "", "its name does not resolve",
	    "check the URL, and DNS" },
	{ CURLE_COULDNT_CONNECT, "refused", "nothing listens there",
	    "is etcd running, and does its --listen-client-urls name this "
	    "address?" },
	{ CURLE_COULDNT_CONNECT, "", "cannot connect",
	    "check its address, and the routes and firewalls on the way" },

	{ CURLE_OPERATION_TIMEDOUT, "name", "no answer in time",
	    "does DNS work?" },
	{ CURLE_OPERATION_TIMEDOUT, "connection", "no answer in time",
	    "is that machine up, and does a firewall drop packets to it?" },
	{ CURLE_OPERATION_TIMEDOUT, "TLS", "no answer in time",
	    "is there an etcd, and does it speak TLS?" },
	{ CURLE_OPERATION_TIMEDOUT, "", "no answer in time",
	    "is it overloaded, frozen, or cut off from the other members?" },

	{ CURLE_SSL_CONNECT_ERROR, "bad certificate",
	    "it wants a client certificate, or another one", CERTIFY },
	{ CURLE_RECV_ERROR, "bad certificate",
	    "it wants a client certificate, or another one", CERTIFY },
	{ CURLE_RECV_ERROR, "certificate required",
	    "it wants a client certificate", CERTIFY },
	{ CURLE_RECV_ERROR, "alert unknown ca",
	    "it does not know who issued our certificate", CERTIFY },
	{ CURLE_RECV_ERROR, "alert certificate",
	    "it does not accept our certificate", CERTIFY },
	{ CURLE_SSL_CONNECT_ERROR, "", "no TLS with it",
	    "if it speaks plain HTTP write http://, or start etcd with "
	    "--cert-file and --key-file" },

	{ CURLE_PEER_FAILED_VERIFICATION, "expired",
	    "its TLS certificate has expired",
	    "renew it, or set our clock if that is wrong" },
	{ CURLE_PEER_FAILED_VERIFICATION, "not yet valid",
	    "its TLS certificate is not valid yet", "is our clock right?" },
	{ CURLE_PEER_FAILED_VERIFICATION, "name",
	    "its TLS certificate is for another name",
	    "use a name that is in it, or issue one with this name" },
	{ CURLE_PEER_FAILED_VERIFICATION, "",
	    "its TLS certificate is of nobody that we trust",
	    "set etcd-cafile to the authority that issued it" },
	{ CURLE_SSL_CERTPROBLEM, "", "our TLS certificate cannot be used",
	    "etcd-certfile and etcd-keyfile must be a pair, in PEM, and "
	    "without a passphrase" },
	{ CURLE_SSL_CACERT_BADFILE, "", "the TLS authorities cannot be read",
	    "check etcd-cafile" },

	{ CURLE_GOT_NOTHING, "", "closed the connection without an answer",
	    "was it stopped, or does it want https://?" },
	{ CURLE_SEND_ERROR, "", "the connection broke", "was it stopped?" },
	{ CURLE_RECV_ERROR, "", "the connection broke", "was it stopped?" },
	{ CURLE_PARTIAL_FILE, "", "the connection broke within the answer",
	    "was it stopped?" },
	{ CURLE_UNSUPPORTED_PROTOCOL, "HTTP/0.9", "it does not speak HTTP",
	    "no etcd is behind this port: check the URL" },
	{ CURLE_WEIRD_SERVER_REPLY, "", "it does not speak HTTP",
	    "no etcd is behind this port: check the URL" },
	{ CURLE_FILESIZE_EXCEEDED, "", "its answer is too large",
	    "is etcd-prefix the one of the overlay, and nothing else below "
	    "it?" },
	{ CURLE_TOO_MANY_REDIRECTS, "", "it sends us in circles",
	    "name etcd itself, no proxy" },
	{ CURLE_OUT_OF_MEMORY, "", "out of memory", "give this machine more" },
};

bool
cause_is_cut(CURLcode code)
{
	return code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
	       code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE;
}

/* Which of the phases of a request the time ran out in. */
static void
say_phase(char detail[DETAIL], CURL *curl, const struct http_limits *limits)
{
	curl_off_t name = 0;
	char *address = NULL; /* "": not connected */
	long sent = 0;

	curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(curl, CURLINFO_NAMELOOKUP_TIME_T, &name);
	curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
	if (sent > 0)
		snprintf(detail, DETAIL, "%u ms since it was asked",
		    limits->request);
	else
		snprintf(detail, DETAIL, "%u ms for %s", limits->connect,
		    name == 0				    ? "its name"
		    : address == NULL || address[0] == '\0' ? "the connection"
							    : "TLS");
}

/* What the system said, or else curl. */
static void
say_detail(char detail[DETAIL], CURL *curl, CURLcode code, const char *error)
{
	long system = 0;
	char text[DETAIL];

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system);
	if (code == CURLE_COULDNT_CONNECT && system != 0)
		error = strerror_r((int)system, text, sizeof(text));
	else if (error[0] == '\0')
		error = curl_easy_strerror(code);
	snprintf(detail, DETAIL, "%s", error);
}

void
cause_text(char why[CAUSE_TEXT], CURL *curl, CURLcode code, const char *error,
    const struct http_limits *limits)
{
	char detail[DETAIL];

	if (code == CURLE_OPERATION_TIMEDOUT)
		say_phase(detail, curl, limits);
	else
		say_detail(detail, curl, code, error);
	snprintf(why, CAUSE_TEXT, "no answer (%s)", detail);
	for (size_t i = 0; i < COUNT(causes); i++) {
		if (causes[i].code != code ||
		    strstr(detail, causes[i].sign) == NULL)
			continue;
		snprintf(why, CAUSE_TEXT, "%s (%s): %s", causes[i].words,
		    detail, causes[i].remedy);
		return;
	}
}
