/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subnetfile.h"

#define CIDR_TEXT (INET_ADDRSTRLEN + 4)

static const char *
cidr(char text[CIDR_TEXT], uint32_t addr, uint8_t len)
{
	char ip[INET_ADDRSTRLEN];
	struct in_addr in = { .s_addr = htonl(addr) };

	inet_ntop(AF_INET, &in, ip, sizeof(ip));
	snprintf(text, CIDR_TEXT, "%s/%u", ip, len);
	return text;
}

static void
print(FILE *f, const struct rudder_lease *l)
{
	char network[CIDR_TEXT], subnet[CIDR_TEXT];

	cidr(network, l->network.addr, l->network.len);
	cidr(subnet, l->subnet.addr + 1, l->subnet.len);
	fprintf(f, "RUDDER_SUBNET=%s\n", subnet);
	fprintf(f, "RUDDER_MTU=%u\n", l->mtu);
	fprintf(f, "FLANNEL_NETWORK=%s\n", network);
	fprintf(f, "FLANNEL_SUBNET=%s\n", subnet);
	fprintf(f, "FLANNEL_MTU=%u\n", l->mtu);
	fprintf(f, "FLANNEL_IPMASQ=false\n");
}

/* As mkdir -p. */
static int
make_directories(const char *path)
{
	char part[PATH_MAX];

	for (size_t i = 1; path[i - 1] != '\0'; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/*
 * Takes fd, of a file that is to last or of a device. A full disk may be
 * found by any of these, the last too.
 */
static int
fill(int fd, const struct rudder_lease *l, bool lasts)
{
	FILE *f = fdopen(fd, "w");
	int rc = 0;

	if (f == NULL) {
		rc = -errno;
		close(fd);
		return rc;
	}
	print(f, l);
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
write_device(const char *path, const struct rudder_lease *l)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fill(fd, l, false);
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
subnetfile_write(const char *path, const struct rudder_lease *l)
{
	char copy[PATH_MAX], temporary[PATH_MAX];
	const char *directory;
	int fd, rc;

	if (is_device(path))
		return write_device(path, l);
	if (strlen(path) + sizeof(".XXXXXX") > sizeof(temporary))
		return -ENAMETOOLONG;
	strcpy(copy, path);
	directory = dirname(copy);
	rc = make_directories(directory);
	if (rc < 0)
		return rc;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fill(fd, l, true);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(temporary);
		return rc;
	}
	return sync_directory(directory);
}
