/* SPDX-License-Identifier: Apache-2.0 */
/* rudder(8): the first program that embeds librudder. */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "doctor.h"
#include "job.h"
#include "show.h"
#include "signals.h"
#include "status.h"

/* A first word that is no flag, and what it asks for. */
static const struct {
	const char *word;
	int (*main)(int argc, char **argv);
} verbs[] = {
	{ "status", show_main },
	{ "doctor", doctor_main },
	{ "cleanup", cleanup_main },
};

/*
 * Who starts us with a closed stderr must not get our log into the first
 * thing that we open, which takes its number.
 */
static int
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

int
main(int argc, char **argv)
{
	signals_hold();
	signal(SIGPIPE, SIG_IGN);
	if (open_standard() < 0)
		return EXIT_ENVIRONMENT;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (argc < 2 || strcmp(argv[1], verbs[i].word) != 0)
			continue;
		signals_let();
		return verbs[i].main(argc - 1, argv + 1);
	}
	return job_main(argc, argv);
}
