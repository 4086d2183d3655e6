/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays files through a fuzz target where there is no libFuzzer: each file
 * that is named, each file of a directory that is named, or, without
 * arguments, those of the corpus that the target was built with. Speaks TAP;
 * an abort in between shows as a plan that was not fulfilled.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define LONGEST (1 << 20)

static uint8_t input[LONGEST];

static bool
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return false;
	n = fread(input, 1, sizeof(input), f);
	fclose(f);
	return LLVMFuzzerTestOneInput(input, n) == 0;
}

static void
report(const char *path, int *n)
{
	const char *word = replay_file(path) ? "ok" : "not ok";

	printf("%s %d - %s\n", word, ++*n, path);
	fflush(stdout);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
replay_directory(const char *path, int *n)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_visible, alphasort);

	if (count <= 0)
		printf("not ok %d - %s: nothing there\n", ++*n, path);
	for (int i = 0; i < count; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		report(file, n);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void
replay(const char *path, int *n)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		replay_directory(path, n);
	else
		report(path, n);
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char corpus[4096];
	int n = 0;

	snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/" CORPUS,
	    top == NULL ? "." : top);
	if (argc < 2)
		replay(corpus, &n);
	for (int i = 1; i < argc; i++)
		replay(argv[i], &n);
	printf("1..%d\n", n);
	return 0;
}
