/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "words.h"

const char *
words_time(char cell[WORDS_CELL], int64_t seconds, int units)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} all[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	const size_t last = sizeof(all) / sizeof(all[0]) - 1;
	size_t i = 0, len = 0;

	while (i < last && seconds < all[i].seconds)
		i++;
	for (; i <= last && units > 0; i++, units--) {
		len += (size_t)snprintf(cell + len, WORDS_CELL - len,
		    "%s%" PRId64 " %s", len > 0 ? " " : "",
		    seconds / all[i].seconds, all[i].name);
		seconds %= all[i].seconds;
	}
	return cell;
}

const char *
words_amount(char cell[WORDS_CELL], int64_t n, int64_t exact, const char *unit)
{
	static const char thousands[] = " kMGTPE";
	int64_t tenths = 0;
	size_t power = 0;

	if (n < exact) {
		snprintf(cell, WORDS_CELL, "%" PRId64 "%s%s", n,
		    *unit != '\0' ? " " : "", unit);
		return cell;
	}
	for (; n >= 1000; power++) {
		tenths = n % 1000 / 100;
		n /= 1000;
	}
	if (n < 10)
		snprintf(cell, WORDS_CELL, "%" PRId64 ".%" PRId64 " %c%s", n,
		    tenths, thousands[power], unit);
	else
		snprintf(cell, WORDS_CELL, "%" PRId64 " %c%s", n,
		    thousands[power], unit);
	return cell;
}

/* How much of a line of that length goes into so many columns. */
static size_t
fits(const char *line, size_t len, size_t columns)
{
	size_t n = columns;

	if (len <= columns)
		return len;
	while (n > 0 && line[n] != ' ')
		n--;
	if (n == 0)
		n = columns + strcspn(line + columns, " \n");
	return n;
}

static void
fold_line(FILE *f, const char *line, size_t len, size_t columns, size_t indent)
{
	size_t n = fits(line, len, columns);

	fprintf(f, "%.*s\n", (int)n, line);
	while (n < len) {
		line += n + 1;
		len -= n + 1;
		n = fits(line, len, columns - indent);
		fprintf(f, "%*s%.*s\n", (int)indent, "", (int)n, line);
	}
}

void
words_fold(FILE *f, const char *text, size_t columns, size_t indent)
{
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, "\n");
		fold_line(f, text, len, columns, indent);
		text += len;
		text += *text == '\n';
	}
}
