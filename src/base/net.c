/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "net.h"

/* A decimal number of at most `max`, without leading zeros. */
static int
read_number(const char **s, unsigned max, unsigned *n)
{
	const char *p = *s;
	unsigned v = 0;

	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (unsigned)(*p - '0');
		if (v > max)
			return -EINVAL;
	}
	*s = p;
	*n = v;
	return 0;
}

static int
read_char(const char **s, char c)
{
	if (**s != c)
		return -EINVAL;
	(*s)++;
	return 0;
}

static int
read_ip(const char **s, uint32_t *addr)
{
	uint32_t v = 0;
	unsigned octet;

	for (int i = 0; i < 4; i++) {
		if (i > 0 && read_char(s, '.') < 0)
			return -EINVAL;
		if (read_number(s, 255, &octet) < 0)
			return -EINVAL;
		v = v << 8 | octet;
	}
	*addr = v;
	return 0;
}

static int
read_net(const char *s, char separator, struct rudder_net *net)
{
	uint32_t addr;
	unsigned len;

	if (read_ip(&s, &addr) < 0 || read_char(&s, separator) < 0 ||
	    read_number(&s, 32, &len) < 0 || *s != '\0')
		return -EINVAL;
	*net = (struct rudder_net){ .addr = addr, .len = (uint8_t)len };
	return 0;
}

int
net_parse_ip(const char *s, uint32_t *addr)
{
	uint32_t v;

	if (read_ip(&s, &v) < 0 || *s != '\0')
		return -EINVAL;
	*addr = v;
	return 0;
}

int
net_parse_cidr(const char *s, struct rudder_net *net)
{
	int rc = read_net(s, '/', net);

	if (rc == 0)
		net->addr &= net_mask(net->len);
	return rc;
}

int
net_parse_key(const char *s, struct rudder_net *net)
{
	struct rudder_net v;

	if (read_net(s, '-', &v) < 0 || (v.addr & ~net_mask(v.len)) != 0)
		return -EINVAL;
	*net = v;
	return 0;
}

const char *
net_ip(char text[NET_TEXT], uint32_t a)
{
	snprintf(text, NET_TEXT, "%u.%u.%u.%u", a >> 24, a >> 16 & 255,
	    a >> 8 & 255, a & 255);
	return text;
}

static const char *
write_net(char text[NET_TEXT], struct rudder_net net, char separator)
{
	char ip[NET_TEXT];

	snprintf(text, NET_TEXT, "%.15s%c%u", net_ip(ip, net.addr), separator,
	    net.len);
	return text;
}

const char *
net_cidr(char text[NET_TEXT], struct rudder_net net)
{
	return write_net(text, net, '/');
}

const char *
net_key(char text[NET_TEXT], struct rudder_net net)
{
	return write_net(text, net, '-');
}
