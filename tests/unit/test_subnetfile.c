/* SPDX-License-Identifier: Apache-2.0 */
/* The lease as a file, in a directory of its own. */
#include "../check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subnetfile.h"

#define TEXT                            \
	"RUDDER_SUBNET=10.1.5.1/24\n"   \
	"RUDDER_MTU=1472\n"             \
	"FLANNEL_NETWORK=10.1.0.0/16\n" \
	"FLANNEL_SUBNET=10.1.5.1/24\n"  \
	"FLANNEL_MTU=1472\n"            \
	"FLANNEL_IPMASQ=false\n"

static const struct rudder_lease lease = {
	.network = { 0x0a010000, 16 },
	.subnet = { 0x0a010500, 24 },
	.mtu = 1472,
	.device = "rudder0",
};

static int
setup(void **state)
{
	static char directory[64];

	strcpy(directory, "/tmp/subnetfile.XXXXXX");
	*state = mkdtemp(directory);
	return *state != NULL && chdir(directory) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", (char *)*state);
	return chdir("/") == 0 ? system(command) : -1;
}

static void
assert_content(const char *path, const char *want)
{
	char text[512] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_string_equal(text, want);
}

/* Nothing temporary is left behind. */
static void
assert_entries(const char *directory, int want)
{
	DIR *d = opendir(directory);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	assert_int_equal(n, want + 2);
}

static void
test_bytes_and_mode(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(
	    subnetfile_write("a/b//c/subnet.env", &lease, false), 0);
	assert_content("a/b/c/subnet.env", TEXT);
	assert_int_equal(stat("a/b/c/subnet.env", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_entries("a/b/c", 1);
}

static void
test_says_who_masquerades(void **state)
{
	char text[sizeof(TEXT)] = TEXT;

	(void)state;
	strcpy(strstr(text, "false"), "true\n");
	assert_int_equal(subnetfile_write("subnet.env", &lease, true), 0);
	assert_content("subnet.env", text);
}

static void
test_old_file_is_replaced(void **state)
{
	FILE *f = fopen("subnet.env", "w");

	(void)state;
	assert_non_null(f);
	fprintf(f, "%0999d\n", 7);
	fclose(f);
	assert_int_equal(subnetfile_write("subnet.env", &lease, false), 0);
	assert_content("subnet.env", TEXT);
	assert_entries(".", 1);
}

static void
test_failures_leave_nothing(void **state)
{
	char path[5000];

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(subnetfile_write("d", &lease, false), -EISDIR);
	assert_int_equal(subnetfile_write("d/", &lease, false), -ENOTDIR);
	assert_entries("d", 0);
	assert_int_equal(
	    subnetfile_write("/proc/nosuch/x", &lease, false), -ENOENT);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(subnetfile_write(path, &lease, false), -ENAMETOOLONG);
	path[255] = '\0';
	assert_int_equal(subnetfile_write(path, &lease, false), -ENAMETOOLONG);
	assert_entries(".", 1);
}

/* As /dev/null is one, but here it is a pipe, which anybody may make. */
static void
test_device_stays_one(void **state)
{
	char text[512] = "";
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	fd = open("pipe", O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(subnetfile_write("pipe", &lease, false), 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_string_equal(text, TEXT);
	assert_int_equal(stat("pipe", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_entries(".", 1);
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_bytes_and_mode),
		FILE_TEST(test_says_who_masquerades),
		FILE_TEST(test_old_file_is_replaced),
		FILE_TEST(test_failures_leave_nothing),
		FILE_TEST(test_device_stays_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
