/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdio.h>

#include "cidr.h"

const char *
cidr_print(char text[CIDR_TEXT], uint32_t addr, uint8_t len)
{
	char ip[INET_ADDRSTRLEN];
	struct in_addr in = { .s_addr = htonl(addr) };

	inet_ntop(AF_INET, &in, ip, sizeof(ip));
	snprintf(text, CIDR_TEXT, "%s/%u", ip, len);
	return text;
}
