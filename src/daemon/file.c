/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

int
file_make_directories(const char *path)
{
	char part[PATH_MAX];

	for (size_t i = 1; path[0] != '\0' && path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* What a file is filled with. */
struct content {
	void (*print)(FILE *, const void *arg);
	const void *arg;
};

/*
 * Takes fd, of a file that is to last or of a device. A full disk may be
 * found by any of these, the last too.
 */
static int
fill(int fd, const struct content *content, bool lasts)
{
	FILE *f = fdopen(fd, "w");
	int rc = 0;

	if (f == NULL) {
		rc = -errno;
		close(fd);
		return rc;
	}
	content->print(f, content->arg);
	if (fflush(f) != 0)
		rc = -errno;
	if (rc == 0 && lasts && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (fclose(f) != 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* A rename to /dev/null would take it away from the whole machine. */
static bool
is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	       !S_ISDIR(st.st_mode);
}

static int
write_device(const char *path, const struct content *content)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fill(fd, content, false);
}

/* So that the new name outlives a crash too. */
static int
sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

int
file_write(
    const char *path, void (*print)(FILE *, const void *arg), const void *arg)
{
	const struct content content = { print, arg };
	char copy[PATH_MAX], temporary[PATH_MAX];
	int fd, rc;

	if (is_device(path))
		return write_device(path, &content);
	if (strlen(path) + sizeof(".XXXXXX") > sizeof(temporary))
		return -ENAMETOOLONG;
	rc = file_make_directories(path);
	if (rc < 0)
		return rc;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fill(fd, &content, true);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(temporary);
		return rc;
	}
	strcpy(copy, path);
	return sync_directory(dirname(copy));
}
