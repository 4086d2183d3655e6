/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "creds.h"
#include "error.h"
#include "setting.h"

#define PASSWORD_MAX 1024
#define PASSWORD_FILE "etcd-password-file"

/* ---- Files ------------------------------------------------------------- */

/* A descriptor, or what setting_refuse() says. Nothing there may block. */
static int
open_file(const struct rudder_env *env, const char *name, struct stat *st)
{
	int fd =
	    open(setting_text(env, name), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char remedy[192];

	if (fd < 0) {
		snprintf(remedy, sizeof(remedy),
		    "%s: name a file that is there and that rudder may read",
		    error_text(-errno));
		return setting_refuse(env, name, remedy);
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return setting_refuse(
	    env, name, "it is not a file: name one that rudder may read");
}

/* Copies the path, if there is one, of a file that can be opened. */
static int
read_path(const struct rudder_env *env, const char *name, char **path)
{
	struct stat st;
	int fd;

	if (setting_text(env, name) == NULL)
		return 0;
	fd = open_file(env, name, &st);
	if (fd < 0)
		return fd;
	close(fd);
	*path = strdup(setting_text(env, name));
	return *path != NULL ? 0 : -ENOMEM;
}

/* ---- TLS --------------------------------------------------------------- */

static bool
has_tls(const struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->n; i++)
		if (endpoints->all[i].tls)
			return true;
	return false;
}

static int
read_tls(struct http_creds *creds, const struct rudder_env *env,
    const struct endpoints *endpoints)
{
	int rc = read_path(env, "etcd-cafile", &creds->cafile);

	if (rc == 0)
		rc = read_path(env, "etcd-certfile", &creds->certfile);
	if (rc == 0)
		rc = read_path(env, "etcd-keyfile", &creds->keyfile);
	if (rc < 0)
		return rc;
	if (creds->certfile != NULL && creds->keyfile == NULL)
		return setting_refuse(env, "etcd-certfile",
		    "it needs its key: set etcd-keyfile too");
	if (creds->keyfile != NULL && creds->certfile == NULL)
		return setting_refuse(env, "etcd-keyfile",
		    "it needs its certificate: set etcd-certfile too");
	if ((creds->cafile != NULL || creds->certfile != NULL) &&
	    !has_tls(endpoints))
		env->log(env, RUDDER_WARNING,
		    "etcd: %s has no effect: no endpoint is https://",
		    creds->cafile != NULL ? "etcd-cafile" : "etcd-certfile");
	return 0;
}

/* ---- User and password ------------------------------------------------- */

/* NULL: in none. */
static const char *
variable_of_password(void)
{
	static const char *const names[] = { "RUDDERD_ETCD_PASSWORD",
		"FLANNELD_ETCD_PASSWORD" };
	const char *value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return names[i];
	}
	return NULL;
}

/* One line; the end of the line is not of it. NULL: fine. */
static const char *
check_password(char *password, size_t n)
{
	if (n > PASSWORD_MAX)
		return "a password has 1024 bytes at the most";
	if (n > 0 && password[n - 1] == '\n')
		n--;
	if (n > 0 && password[n - 1] == '\r')
		n--;
	password[n] = '\0';
	if (n == 0)
		return "it is empty: write the password into it";
	if (strlen(password) != n || strpbrk(password, "\r\n") != NULL)
		return "it must hold the password alone, in one line";
	return NULL;
}

static int
read_file(struct http_creds *creds, const struct rudder_env *env, int fd)
{
	const char *remedy;
	ssize_t n;

	creds->password = calloc(1, PASSWORD_MAX + 2);
	if (creds->password == NULL)
		return -ENOMEM;
	n = read(fd, creds->password, PASSWORD_MAX + 1);
	if (n < 0)
		return setting_refuse(
		    env, PASSWORD_FILE, "it cannot be read: check the disk");
	remedy = check_password(creds->password, (size_t)n);
	return remedy != NULL ? setting_refuse(env, PASSWORD_FILE, remedy) : 0;
}

static int
read_password_file(struct http_creds *creds, const struct rudder_env *env)
{
	struct stat st;
	int fd = open_file(env, PASSWORD_FILE, &st), rc;

	if (fd < 0)
		return fd;
	if (st.st_mode & (S_IROTH | S_IWOTH))
		env->log(env, RUDDER_WARNING,
		    "option " PASSWORD_FILE
		    ": \"%s\": everybody may read it: chmod 600",
		    setting_text(env, PASSWORD_FILE));
	rc = read_file(creds, env, fd);
	close(fd);
	return rc;
}

static int
read_password(struct http_creds *creds, const struct rudder_env *env)
{
	const char *variable = variable_of_password();

	if (setting_text(env, PASSWORD_FILE) != NULL)
		return read_password_file(creds, env);
	if (variable == NULL)
		return setting_refuse(env, "etcd-username",
		    "it needs a password: set etcd-password-file, or "
		    "RUDDERD_ETCD_PASSWORD in the environment");
	creds->password = strdup(getenv(variable));
	return creds->password != NULL ? 0 : -ENOMEM;
}

/* A password that nobody has is a mistake, and not a small one. */
static int
refuse_password(const struct rudder_env *env)
{
	const char *variable = variable_of_password();

	if (setting_text(env, PASSWORD_FILE) != NULL)
		return setting_refuse(env, PASSWORD_FILE,
		    "it needs a user: set etcd-username too");
	if (variable == NULL)
		return 0;
	env->log(env, RUDDER_ERROR,
	    "variable %s: it needs a user: set etcd-username too", variable);
	return RUDDER_EOPTION;
}

static int
read_user(struct http_creds *creds, const struct rudder_env *env)
{
	const char *user = setting_text(env, "etcd-username");

	if (user == NULL)
		return refuse_password(env);
	if (strchr(user, ':') != NULL)
		return setting_refuse(
		    env, "etcd-username", "a user's name has no colon in it");
	creds->user = strdup(user);
	return creds->user != NULL ? read_password(creds, env) : -ENOMEM;
}

int
creds_read(struct http_creds *creds, const struct rudder_env *env,
    const struct endpoints *endpoints)
{
	int rc = read_tls(creds, env, endpoints);

	return rc == 0 ? read_user(creds, env) : rc;
}

void
creds_fini(struct http_creds *creds)
{
	if (creds->password != NULL)
		explicit_bzero(creds->password, strlen(creds->password));
	free(creds->cafile);
	free(creds->certfile);
	free(creds->keyfile);
	free(creds->user);
	free(creds->password);
	*creds = (struct http_creds){ 0 };
}
