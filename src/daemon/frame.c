/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "frame.h"
#include "status.h"

int
frame_open(struct frame *f, const struct rudder_callbacks *callbacks, void *arg,
    int argc, char **argv)
{
	int rc;

	f->base = event_base_new();
	if (f->base == NULL ||
	    rudder_new(&f->rudder, f->base, callbacks, arg) < 0) {
		fprintf(stderr, "rudder: no memory\n");
		return EXIT_ENVIRONMENT;
	}
	rc = args_read(&f->args, f->rudder, argc, argv);
	if (rc < 0)
		return status_of(rc);
	if (f->args.help)
		return args_usage(f->rudder), 0;
	if (f->args.version)
		return fprintf(stderr, "rudder %s\n", rudder_version()), 0;
	return FRAME_GO;
}

void
frame_close(struct frame *f)
{
	rudder_free(f->rudder);
	if (f->base != NULL)
		event_base_free(f->base);
}

bool
frame_is_dry(const struct frame *f)
{
	return strcmp(rudder_get(f->rudder, "dry-run"), "true") == 0;
}

const char *
frame_overlay(const struct frame *f)
{
	const char *prefix = rudder_get(f->rudder, "etcd-prefix");

	return prefix != NULL ? prefix : rudder_get(f->rudder, "registry");
}
