/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - results in words. Pure. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Room for a sentence that says why; longer ones are cut. */
#define ERROR_WHY 448

/*
 * What somebody else wrote becomes fit for a log and for JSON: one line of
 * ASCII, so that a cut leaves no half of a letter, and nothing that a terminal
 * obeys.
 */
void error_printable(char *text);

/* Writes the sentence and returns err, so that one return does both. */
int error_because(int err, char why[ERROR_WHY], const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Static text for 0, any enum rudder_error and any -errno. */
const char *error_text(int err);

#endif
