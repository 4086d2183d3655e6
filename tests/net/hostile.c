/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile - sends one host of the overlay what nobody should send.
 *
 *	hostile ADDRESS INNER-SOURCE INNER-DESTINATION
 *
 * Every datagram to UDP port 8285 of ADDRESS is an echo request from
 * INNER-SOURCE to INNER-DESTINATION that was spoilt in one way, named on
 * the standard output; the last one is whole. A host that looks at headers
 * before it uses them lets that one through and no other.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PORT 8285

struct packet {
	struct iphdr ip;
	struct icmphdr icmp;
	char data[36];
};

static uint16_t
checksum(const void *start, size_t size)
{
	const uint8_t *byte = start;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(byte[i] << 8 | byte[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Checksums are right after this, so that only the flaw is wrong. */
static void
seal(struct packet *p)
{
	p->ip.check = 0;
	p->ip.check = checksum(&p->ip, sizeof(p->ip));
	p->icmp.checksum = 0;
	p->icmp.checksum = checksum(&p->icmp, sizeof(*p) - sizeof(p->ip));
}

static void
version_6(struct packet *p)
{
	p->ip.version = 6;
}

static void
version_0(struct packet *p)
{
	p->ip.version = 0;
}

static void
small_ihl(struct packet *p)
{
	p->ip.ihl = 4;
}

static void
ihl_beyond_total(struct packet *p)
{
	p->ip.ihl = 15;
	p->ip.tot_len = htons(40);
}

static void
total_below_header(struct packet *p)
{
	p->ip.tot_len = htons(19);
}

static void
total_beyond_datagram(struct packet *p)
{
	p->ip.tot_len = htons(sizeof(*p) + 1);
}

static void
total_of_64k(struct packet *p)
{
	p->ip.tot_len = htons(65535);
}

static void
dead_ttl(struct packet *p)
{
	p->ip.ttl = 0;
}

static const struct spoilt {
	const char *name;
	void (*spoil)(struct packet *); /* NULL: no flaw but its size */
	size_t size;
} table[] = {
	{"nothing at all", NULL, 0},
	{"one byte", NULL, 1},
	{"a byte less than a header", NULL, sizeof(struct iphdr) - 1},
	{"a header whose packet is missing", NULL, sizeof(struct iphdr)},
	{"a packet cut short", NULL, sizeof(struct packet) - 1},
	{"version 6", version_6, sizeof(struct packet)},
	{"version 0", version_0, sizeof(struct packet)},
	{"ihl below 5", small_ihl, sizeof(struct packet)},
	{"ihl beyond tot_len", ihl_beyond_total, sizeof(struct packet)},
	{"ihl beyond the datagram", ihl_beyond_total, 24},
	{"tot_len below the header", total_below_header, sizeof(struct packet)},
	{"tot_len beyond the datagram", total_beyond_datagram,
	    sizeof(struct packet)},
	{"tot_len of 65535", total_of_64k, sizeof(struct packet)},
	{"ttl 0", dead_ttl, sizeof(struct packet)},
	{"a whole packet", NULL, sizeof(struct packet)},
};

int
main(int argc, char **argv)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	struct packet whole = {
		.ip = {.version = 4, .ihl = 5, .ttl = 63, .protocol = 1},
		.icmp = {.type = ICMP_ECHO},
	};
	size_t i;
	int fd;

	whole.ip.tot_len = htons(sizeof(whole));
	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &whole.ip.saddr) != 1 ||
	    inet_pton(AF_INET, argv[3], &whole.ip.daddr) != 1) {
		fprintf(stderr, "usage: hostile ADDRESS FROM TO\n");
		return 2;
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct packet p = whole;

		if (table[i].spoil)
			table[i].spoil(&p);
		seal(&p);
		puts(table[i].name);
		if (send(fd, &p, table[i].size, 0) < 0) {
			perror("send");
			return 1;
		}
	}
	return 0;
}
