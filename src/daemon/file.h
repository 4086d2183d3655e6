/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - files that appear whole or not at all. */
#ifndef DAEMON_FILE_H
#define DAEMON_FILE_H

#include <stdio.h>

/* Those that the path leads through, as mkdir -p. 0, or -errno. */
int file_make_directories(const char *path);

/*
 * Writes what print(stream, arg) prints to a new file, which then takes the
 * place of the old one, and lasts when the power fails. Makes the directories
 * too. What is no file, as /dev/null, is written to as it is. 0, or -errno:
 * the old file is as it was.
 */
int file_write(const char *path, void (*print)(FILE *, const void *arg),
    const void *arg);

#endif
