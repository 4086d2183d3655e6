/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cleanup.h"
#include "frame.h"
#include "ipmasq.h"
#include "lock.h"
#include "show.h"
#include "state.h"
#include "status.h"

struct cleanup {
	struct frame frame;
	char state[PATH_MAX]; /* its file; "": none */
	char lock[LOCK_PATH]; /* beside it */
	bool dry;
	bool failed;
};

static void
complain(struct cleanup *c, const char *what, const char *why)
{
	fprintf(stderr, "rudder: %s: %s\n", what, why);
	c->failed = true;
}

static void
tell(const struct cleanup *c, const char *what)
{
	printf("%s %s\n", c->dry ? "would remove" : "removed", what);
}

/* ---- What there is to remove -------------------------------------------- */

static void
remove_file(struct cleanup *c, const char *path)
{
	int rc;

	if (path == NULL || path[0] == '\0')
		return;
	rc = c->dry ? access(path, F_OK) : unlink(path);
	if (rc == 0)
		tell(c, path);
	else if (errno != ENOENT && errno != ENOTDIR)
		complain(c, path, strerror(errno));
}

static void
remove_state(struct cleanup *c)
{
	if (c->state[0] == '\0')
		return;
	remove_file(c, c->state);
	remove_file(c, c->lock);
}

static void
remove_rules(struct cleanup *c)
{
	char why[IPMASQ_WHY], line[64];
	int n = ipmasq_remove(c->dry, why);

	if (n < 0 && n != -ENOTSUP)
		complain(c, "rules of nftables", why);
	snprintf(line, sizeof(line), "%d tables and rules of nftables", n);
	if (n > 0)
		tell(c, line);
}

/* ---- Whether to, and all of it ------------------------------------------ */

static bool
is_running(const struct cleanup *c)
{
	json_t *status = show_ask(c->frame.args.control_socket);

	json_decref(status);
	return status != NULL ||
	       (c->state[0] != '\0' && lock_holder(c->lock) >= 0);
}

static void
find_state(struct cleanup *c)
{
	if (c->frame.args.state_dir[0] == '\0')
		return;
	state_path(c->state, c->frame.args.state_dir, frame_overlay(&c->frame));
	lock_path(c->lock, c->state);
}

static int
clean(struct cleanup *c)
{
	c->dry = frame_is_dry(&c->frame);
	find_state(c);
	if (is_running(c) && !c->dry) {
		fprintf(stderr,
		    "rudder: %s: a rudder runs: stop it before its things "
		    "are removed\n",
		    c->frame.args.control_socket);
		return EXIT_ENVIRONMENT;
	}
	remove_rules(c);
	remove_file(c, c->frame.args.subnet_file);
	remove_state(c);
	remove_file(c, c->frame.args.control_socket);
	return c->failed ? EXIT_ENVIRONMENT : 0;
}

int
cleanup_main(int argc, char **argv)
{
	struct cleanup c = { 0 };
	int status = frame_open(&c.frame, NULL, NULL, argc, argv);

	if (status == FRAME_GO)
		status = clean(&c);
	frame_close(&c.frame);
	return status;
}
