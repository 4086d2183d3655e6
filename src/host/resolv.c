/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "resolv.h"

#define LINE 256
#define RESOLVERS 32 /* the C library asks three of them */

bool
resolv_line(const char *line, uint32_t *ip)
{
	static const char word[] = "nameserver";
	char text[NET_TEXT];
	size_t n;

	if (strncmp(line, word, sizeof(word) - 1) != 0)
		return false;
	line += sizeof(word) - 1;
	n = strspn(line, " \t");
	if (n == 0)
		return false;
	line += n;
	n = strcspn(line, " \t\r\n");
	if (n >= sizeof(text))
		return false;
	memcpy(text, line, n);
	text[n] = '\0';
	return net_parse_ip(text, ip) == 0;
}

int
resolv_read(const char *path, uint32_t **resolvers, size_t *n)
{
	FILE *file = fopen(path, "re");
	char line[LINE];

	*n = 0;
	*resolvers = NULL;
	if (file == NULL)
		return 0;
	*resolvers = calloc(RESOLVERS, sizeof(**resolvers));
	while (*resolvers != NULL && *n < RESOLVERS &&
	       fgets(line, sizeof(line), file) != NULL)
		*n += resolv_line(line, &(*resolvers)[*n]);
	fclose(file);
	return *resolvers != NULL ? 0 : -ENOMEM;
}
