/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "statefile.h"

#define SUBNET "RUDDER_SUBNET"

struct line {
	const char *name, *value; /* within the text, without a zero */
	size_t name_len, value_len;
};

static bool
is_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((s[i] < 'A' || s[i] > 'Z') && s[i] != '_')
			return false;
	}
	return len > 0;
}

/* What a shell takes as it is. */
static bool
is_value(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] > '~' ||
		    strchr("'\"`$\\", s[i]) != NULL)
			return false;
	}
	return true;
}

static const char *
split(struct line *l, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len);

	if (equals == NULL)
		return "it is not NAME=VALUE";
	*l = (struct line){
		.name = s, .name_len = (size_t)(equals - s), .value = equals + 1
	};
	l->value_len = len - l->name_len - 1;
	if (!is_name(l->name, l->name_len))
		return "its name is not in capitals";
	if (!is_value(l->value, l->value_len))
		return "its value is not bare";
	return NULL;
}

/* The first address of a network, in decimal: "10.1.5.0/24". */
static int
read_net(const char *s, size_t len, struct rudder_net *net)
{
	char text[INET_ADDRSTRLEN + 3], tail, *slash;
	struct in_addr in;
	unsigned bits;
	uint32_t addr;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';
	slash = strchr(text, '/');
	if (slash == NULL || slash[1] < '0' || slash[1] > '9' ||
	    sscanf(slash + 1, "%2u%c", &bits, &tail) != 1 || bits > 32)
		return -EINVAL;
	*slash = '\0';
	if (inet_pton(AF_INET, text, &in) != 1)
		return -EINVAL;
	addr = ntohl(in.s_addr);
	if (bits < 32 && (addr & (UINT32_MAX >> bits)) != 0)
		return -EINVAL;
	*net = (struct rudder_net){ addr, (uint8_t)bits };
	return 0;
}

static const char *
take(const struct line *l, struct rudder_net *subnet, bool *found)
{
	if (l->name_len != strlen(SUBNET) ||
	    memcmp(l->name, SUBNET, l->name_len) != 0)
		return NULL;
	if (*found)
		return "it is the second " SUBNET;
	*found = true;
	if (read_net(l->value, l->value_len, subnet) < 0)
		return "it has no subnet as 10.1.5.0/24";
	return NULL;
}

static int
refuse(char why[STATEFILE_WHY], unsigned number, const char *flaw)
{
	snprintf(why, STATEFILE_WHY, "line %u: %s", number, flaw);
	return -EINVAL;
}

int
statefile_parse(const char *text, size_t len, struct rudder_net *subnet,
    char why[STATEFILE_WHY])
{
	const char *end, *flaw;
	struct rudder_net net = { 0 };
	unsigned number = 0;
	bool found = false;
	struct line l;

	if (len > STATEFILE_MAX)
		return refuse(why, 1, "there is too much of it");
	for (; len > 0; len -= (size_t)(end + 1 - text), text = end + 1) {
		number++;
		end = memchr(text, '\n', len);
		if (end == NULL)
			return refuse(why, number, "its end is missing");
		flaw = split(&l, text, (size_t)(end - text));
		if (flaw == NULL)
			flaw = take(&l, &net, &found);
		if (flaw != NULL)
			return refuse(why, number, flaw);
	}
	if (!found)
		return refuse(why, number + 1, "there is no " SUBNET);
	*subnet = net;
	return 0;
}

void
statefile_print(FILE *f, struct rudder_net subnet)
{
	struct in_addr in = { .s_addr = htonl(subnet.addr) };
	char ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in, ip, sizeof(ip));
	fprintf(f, SUBNET "=%s/%u\n", ip, subnet.len);
}
