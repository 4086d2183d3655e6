/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	knock SIGNAL MICROSECONDS COMMAND...
 *
 * Becomes COMMAND, which gets a signal, by its number, so many microseconds
 * after its first line has run: rudder's ignores SIGPIPE.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* For longer nobody takes to get to the first line. */
#define PATIENCE 10000000
#define POLL 20

static unsigned long long
ignored(pid_t pid)
{
	unsigned long long set = 0;
	char line[256];
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/status", (int)pid);
	f = fopen(line, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "SigIgn: %llx", &set);
	if (f != NULL)
		fclose(f);
	return set;
}

static void
knock(pid_t pid, int number, useconds_t delay)
{
	for (int waited = 0; waited < PATIENCE; waited += POLL) {
		if (ignored(pid) >> (SIGPIPE - 1) & 1)
			break;
		usleep(POLL);
	}
	usleep(delay);
	kill(pid, number);
}

int
main(int argc, char **argv)
{
	pid_t self = getpid(), child;

	if (argc < 4)
		return 2;
	signal(SIGPIPE, SIG_DFL);
	child = fork();
	/* A grandchild does it: COMMAND is to have no children. */
	if (child == 0 && fork() == 0)
		knock(self, atoi(argv[1]), (useconds_t)atoi(argv[2]));
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
