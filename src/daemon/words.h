/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - times and amounts as people read them, and lines that fit. Pure.
 *
 * Each of the cells has room for any number, and its text is returned.
 */
#ifndef DAEMON_WORDS_H
#define DAEMON_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WORDS_CELL 64

/* Seconds in the `units` largest units: "3 h 12 min", or "3 h". */
const char *words_time(char cell[WORDS_CELL], int64_t seconds, int units);

/*
 * Thousands are cut off, so that it has five characters at most and those of
 * the unit: "99999", "123 k" without one, "999 B", "1.2 kB" with "B". What is
 * below `exact`, at most 100000, is told to the last.
 */
const char *words_amount(
    char cell[WORDS_CELL], int64_t n, int64_t exact, const char *unit);

/*
 * Copies the text to f; lines that are longer than that many columns go on
 * below, that deep. A word that fits no line is not broken. A byte is a column.
 */
void words_fold(FILE *f, const char *text, size_t columns, size_t indent);

#endif
