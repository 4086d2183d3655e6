/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "frame.h"
#include "show.h"
#include "status.h"
#include "table.h"

/* Of a terminal, as narrow as they come. Programs want a line for each fact. */
#define COLUMNS 80

static int
refused(const char *path, int err)
{
	const char *remedy = "";

	if (err == ENOENT || err == ECONNREFUSED)
		remedy = ": no rudder runs here, or it has another "
			 "-control-socket";
	else if (err == EACCES)
		remedy = ": ask as the user that it runs as, which is root";
	fprintf(stderr, "rudder: %s: %s%s\n", path, strerror(err), remedy);
	return EXIT_ENVIRONMENT;
}

/* The stream of a connection; NULL: errno says why. */
static FILE *
reach(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fdopen(fd, "r");
	close(fd);
	return NULL;
}

json_t *
show_ask(const char *path)
{
	FILE *stream = reach(path);
	json_t *status;

	if (stream == NULL)
		return NULL;
	status = json_loadf(stream, 0, NULL);
	fclose(stream);
	errno = EPROTO;
	return status;
}

static int
show(const char *path, bool json)
{
	json_t *status = show_ask(path);
	int rc;

	if (status == NULL)
		return refused(path, errno);
	if (json)
		json_dumpf(status, stdout, JSON_INDENT(2));
	else
		table_print(
		    stdout, status, isatty(STDOUT_FILENO) ? COLUMNS : 0);
	if (json)
		putchar('\n');
	rc = json_is_true(json_object_get(status, "ready")) ? 0 : 1;
	json_decref(status);
	return fflush(stdout) == 0 ? rc : EXIT_ENVIRONMENT;
}

int
show_main(int argc, char **argv)
{
	struct frame f = { 0 };
	int status = frame_open(&f, NULL, NULL, argc, argv);

	if (status == FRAME_GO)
		status = show(f.args.control_socket, f.args.json);
	frame_close(&f);
	return status;
}
