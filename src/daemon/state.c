/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "state.h"
#include "statefile.h"

/* The dash stands for a slash; what is not harmless is written as in URLs. */
static size_t
put_name(char *name, size_t size, const char *overlay)
{
	size_t n = 0;

	for (const char *s = overlay; *s != '\0' && n + 4 < size; s++) {
		if (*s == '/')
			name[n++] = '-';
		else if (isalnum((unsigned char)*s) || *s == '_' ||
			 (*s == '.' && n > 0))
			name[n++] = *s;
		else
			n += (size_t)snprintf(
			    name + n, size - n, "%%%02X", (unsigned char)*s);
	}
	name[n] = '\0';
	return n;
}

void
state_path(char path[PATH_MAX], const char *directory, const char *overlay)
{
	size_t n;

	while (*overlay == '/')
		overlay++;
	n = (size_t)snprintf(path, PATH_MAX - 8, "%s/", directory);
	if (n >= PATH_MAX - 8)
		n = PATH_MAX - 9;
	n += put_name(path + n, PATH_MAX - 8 - n, overlay);
	strcpy(path + n, ".env");
}

static ssize_t
read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && len < size) {
		n = read(fd, text + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	n = n < 0 ? -errno : (ssize_t)len;
	close(fd);
	return n;
}

int
state_read(const char *path, struct rudder_net *subnet, char why[STATE_WHY])
{
	char text[STATEFILE_MAX + 1], flaw[STATEFILE_WHY];
	ssize_t n = read_file(path, text, sizeof(text));

	if (n == -ENOENT || n == -ENOTDIR)
		return -ENOENT;
	if (n < 0) {
		snprintf(why, STATE_WHY, "%s: %s", path, strerror((int)-n));
		return (int)n;
	}
	if (statefile_parse(text, (size_t)n, subnet, flaw) == 0)
		return 0;
	snprintf(why, STATE_WHY, "%s: %s: repair it, or remove it", path, flaw);
	return -EINVAL;
}

static void
print(FILE *f, const void *arg)
{
	const struct rudder_net *subnet = arg;

	statefile_print(f, *subnet);
}

int
state_write(const char *path, struct rudder_net subnet)
{
	return file_write(path, print, &subnet);
}
