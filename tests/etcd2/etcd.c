/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "etcd.h"

struct etcd {
	pid_t pid; /* 0: stopped */
	char dir[128], log[160], data[160];
	char url[64], peer[64];
	bool v2;
	const char *certs; /* NULL: no TLS */
	char cert[192], key[192], ca[192];
	bool wants_certificate;
	const char *user;
	CURL *curl;
	uint64_t index;
	FILE *body; /* where the next one goes, if anywhere */
};

bool
etcd_installed(void)
{
	const char *path = getenv("PATH");
	char all[4096];

	snprintf(all, sizeof(all), "%s:/usr/local/bin:/usr/bin",
	    path != NULL ? path : "/bin");
	setenv("PATH", all, 1);
	return system("etcd --help 2>&1 | grep -q -e --enable-v2") == 0;
}

/* A port that was free a moment ago. */
static unsigned
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) < 0)
		abort();
	close(fd);
	return ntohs(sin.sin_port);
}

/* In the child. */
static void
run(const struct etcd *etcd)
{
	char cluster[96], enable[32];
	const char *argv[32] = { "etcd", "--name", "default", "--data-dir",
		etcd->data, "--listen-client-urls", etcd->url,
		"--advertise-client-urls", etcd->url, "--listen-peer-urls",
		etcd->peer, "--initial-advertise-peer-urls", etcd->peer,
		"--initial-cluster", cluster, enable };
	int fd = open(etcd->log, O_WRONLY | O_CREAT | O_APPEND, 0600), n = 16;

	/* Whatever becomes of the test, it does not outlive it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fd, 1);
	dup2(fd, 2);
	snprintf(cluster, sizeof(cluster), "default=%s", etcd->peer);
	snprintf(enable, sizeof(enable), "--enable-v2=%s",
	    etcd->v2 ? "true" : "false");
	if (etcd->certs != NULL) {
		argv[n++] = "--cert-file";
		argv[n++] = etcd->cert;
		argv[n++] = "--key-file";
		argv[n++] = etcd->key;
	}
	if (etcd->wants_certificate) {
		argv[n++] = "--client-cert-auth";
		argv[n++] = "--trusted-ca-file";
		argv[n++] = etcd->ca;
	}
	execvp("etcd", (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* The process is young: there is nothing to wait for but its answer. */
static bool
answers(struct etcd *etcd)
{
	for (int i = 0; i < 600; i++) {
		if (etcd_do(etcd, "GET", "/health", NULL) == 200)
			return true;
		if (waitpid(etcd->pid, NULL, WNOHANG) != 0) {
			etcd->pid = 0;
			return false;
		}
		usleep(50000);
	}
	return false;
}

static void
show_log(const struct etcd *etcd)
{
	FILE *f = fopen(etcd->log, "r");
	char line[512];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		fprintf(stderr, "# etcd: %s", line);
	if (f != NULL)
		fclose(f);
}

static bool
spawn(struct etcd *etcd)
{
	etcd->pid = fork();
	if (etcd->pid == 0)
		run(etcd);
	if (answers(etcd))
		return true;
	show_log(etcd);
	return false;
}

static struct etcd *
prepare(const char *scheme)
{
	struct etcd *etcd = calloc(1, sizeof(*etcd));
	const char *tmp = getenv("TMPDIR");

	snprintf(etcd->dir, sizeof(etcd->dir), "%s/rudder-etcd-XXXXXX",
	    tmp != NULL && strlen(tmp) < 64 ? tmp : "/tmp");
	if (mkdtemp(etcd->dir) == NULL)
		abort();
	snprintf(etcd->log, sizeof(etcd->log), "%s/log", etcd->dir);
	snprintf(etcd->data, sizeof(etcd->data), "%s/data", etcd->dir);
	snprintf(etcd->url, sizeof(etcd->url), "%s://127.0.0.1:%u", scheme,
	    free_port());
	snprintf(
	    etcd->peer, sizeof(etcd->peer), "http://127.0.0.1:%u", free_port());
	etcd->curl = curl_easy_init();
	return etcd;
}

static struct etcd *
start(struct etcd *etcd)
{
	if (spawn(etcd))
		return etcd;
	etcd_free(etcd);
	return NULL;
}

struct etcd *
etcd_start(bool v2)
{
	struct etcd *etcd = prepare("http");

	etcd->v2 = v2;
	return start(etcd);
}

struct etcd *
etcd_start_tls(const char *certs, const char *name, bool wants_certificate)
{
	struct etcd *etcd = prepare("https");

	etcd->v2 = true;
	etcd->certs = certs;
	etcd->wants_certificate = wants_certificate;
	snprintf(etcd->cert, sizeof(etcd->cert), "%s/%s.pem", certs, name);
	snprintf(etcd->key, sizeof(etcd->key), "%s/%s.key", certs, name);
	snprintf(etcd->ca, sizeof(etcd->ca), "%s/ca.pem", certs);
	return start(etcd);
}

static void
end(struct etcd *etcd, int sig)
{
	if (etcd->pid <= 0)
		return;
	kill(etcd->pid, sig);
	waitpid(etcd->pid, NULL, 0);
	etcd->pid = 0;
}

void
etcd_stop(struct etcd *etcd)
{
	end(etcd, SIGTERM);
}

static int
on_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
etcd_wipe(struct etcd *etcd)
{
	end(etcd, SIGKILL);
	nftw(etcd->data, on_file, 16, FTW_DEPTH | FTW_PHYS);
	if (!spawn(etcd))
		abort();
}

void
etcd_freeze(struct etcd *etcd)
{
	kill(etcd->pid, SIGSTOP);
	waitpid(etcd->pid, NULL, WUNTRACED);
}

void
etcd_thaw(struct etcd *etcd)
{
	kill(etcd->pid, SIGCONT);
}

void
etcd_free(struct etcd *etcd)
{
	end(etcd, SIGKILL);
	nftw(etcd->dir, on_file, 16, FTW_DEPTH | FTW_PHYS);
	curl_easy_cleanup(etcd->curl);
	free(etcd);
}

const char *
etcd_url(const struct etcd *etcd)
{
	return etcd->url;
}

static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct etcd *etcd = arg;

	if (n > 13 && strncasecmp(line, "X-Etcd-Index:", 13) == 0)
		etcd->index = strtoull(line + 13, NULL, 10);
	return one * n;
}

static size_t
on_body(char *data, size_t one, size_t n, void *arg)
{
	struct etcd *etcd = arg;

	if (etcd->body != NULL)
		fwrite(data, one, n, etcd->body);
	return one * n;
}

/* Whatever it shows, and with a certificate if there is one. */
static void
use_tls(const struct etcd *etcd)
{
	char cert[192], key[192];

	curl_easy_setopt(etcd->curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(etcd->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	snprintf(cert, sizeof(cert), "%s/client.pem", etcd->certs);
	snprintf(key, sizeof(key), "%s/client.key", etcd->certs);
	curl_easy_setopt(etcd->curl, CURLOPT_SSLCERT, cert);
	curl_easy_setopt(etcd->curl, CURLOPT_SSLKEY, key);
}

void
etcd_user(struct etcd *etcd, const char *user)
{
	etcd->user = user;
}

int
etcd_do(
    struct etcd *etcd, const char *method, const char *path, const char *form)
{
	CURL *curl = etcd->curl;
	char url[512];
	long status = 0;

	snprintf(url, sizeof(url), "%s%s", etcd->url, path);
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, etcd);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	if (etcd->certs != NULL)
		use_tls(etcd);
	if (etcd->user != NULL)
		curl_easy_setopt(curl, CURLOPT_USERPWD, etcd->user);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, etcd);
	if (form != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (curl_easy_perform(curl) != CURLE_OK)
		return 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

uint64_t
etcd_index(const struct etcd *etcd)
{
	return etcd->index;
}

uint64_t
etcd_metric(struct etcd *etcd, const char *name)
{
	char *text = NULL, *line, *rest = NULL;
	size_t size = 0, len = strlen(name);
	uint64_t sum = 0;

	etcd->body = open_memstream(&text, &size);
	if (etcd->body == NULL || etcd_do(etcd, "GET", "/metrics", NULL) != 200)
		abort();
	fclose(etcd->body);
	etcd->body = NULL;
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, name, len) == 0 &&
		    strchr("{ ", line[len]) != NULL)
			sum += (uint64_t)strtod(strrchr(line, ' '), NULL);
	}
	free(text);
	return sum;
}
