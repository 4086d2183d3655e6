/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "file.h"
#include "lock.h"

/* All of it. Such a lock is not inherited, so no child keeps it. */
static struct flock
whole(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

void
lock_path(char path[LOCK_PATH], const char *state)
{
	snprintf(path, LOCK_PATH, "%s.lock", state);
}

static pid_t
holder_of(int fd)
{
	struct flock l = whole();

	if (fcntl(fd, F_GETLK, &l) < 0 || l.l_type == F_UNLCK)
		return -1;
	return l.l_pid > 0 ? l.l_pid : 0;
}

pid_t
lock_holder(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return -1;
	pid = holder_of(fd);
	close(fd);
	return pid;
}

int
lock_take(const char *path, pid_t *holder)
{
	struct flock l = whole();
	int rc = file_make_directories(path), fd;

	if (rc < 0)
		return rc;
	fd = open(
	    path, O_RDWR | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLK, &l) == 0)
		return fd;
	rc = errno == EACCES ? -EAGAIN : -errno;
	*holder = holder_of(fd);
	if (*holder < 0) /* it has ended just now */
		*holder = 0;
	close(fd);
	return rc;
}
