/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile - sends one host of the overlay what nobody should send.
 *
 *	hostile [-train] ADDRESS INNER-SOURCE INNER-DESTINATION
 *
 * Every datagram to UDP port 8285 of ADDRESS is an echo request from
 * INNER-SOURCE to INNER-DESTINATION that was spoilt in one way, named on
 * the standard output; the last one is whole. A host that looks at headers
 * before it uses them lets that one through and no other.
 *
 * As a train all that have the length of a whole one go with one send
 * (UDP_SEGMENT), and so arrive in one buffer where the other end has UDP_GRO:
 * before each there is a whole one, and behind the last. Those must pass. It
 * prints how many they are.
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

static void
foreign_source(struct packet *p)
{
	p->ip.saddr = htonl(0x0a01de01); /* 10.1.222.1 */
}

static void
own_source(struct packet *p)
{
	p->ip.saddr = p->ip.daddr;
}

static void
foreign_destination(struct packet *p)
{
	p->ip.daddr = htonl(0xc0a80001); /* 192.168.0.1 */
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

#define KINDS (sizeof(table) / sizeof(table[0]))

/* In a train only: whole, and not to be let in where the host checks. */
static void (*const forge[])(struct packet *) = {
	foreign_source,
	own_source,
	foreign_destination,
};

#define FORGED (sizeof(forge) / sizeof(forge[0]))

#define UDP_LEVEL 17
#define UDP_OPTION_SEGMENT 103 /* linux/udp.h */

static int
send_each(int fd, const struct packet *whole)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct packet p = *whole;

		if (table[i].spoil)
			table[i].spoil(&p);
		seal(&p);
		puts(table[i].name);
		if (send(fd, &p, table[i].size, 0) < 0)
			return -1;
	}
	return 0;
}

/* A whole one, and one that is spoilt; returns how many. */
static size_t
add_pair(struct packet *out, const struct packet *whole,
    void (*spoil)(struct packet *))
{
	out[0] = out[1] = *whole;
	spoil(&out[1]);
	seal(&out[0]);
	seal(&out[1]);
	return 2;
}

static int
send_train(int fd, const struct packet *whole)
{
	int size = sizeof(*whole);
	struct packet train[2 * (KINDS + FORGED) + 1];
	size_t n = 0;

	for (size_t i = 0; i < KINDS; i++)
		if (table[i].spoil && table[i].size == sizeof(*whole))
			n += add_pair(train + n, whole, table[i].spoil);
	for (size_t i = 0; i < FORGED; i++)
		n += add_pair(train + n, whole, forge[i]);
	train[n] = train[0];
	if (setsockopt(fd, UDP_LEVEL, UDP_OPTION_SEGMENT, &size,
		sizeof(size)) < 0 ||
	    send(fd, train, (n + 1) * sizeof(*whole), 0) < 0)
		return -1;
	printf("%zu\n", n / 2 + 1);
	return 0;
}

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
	int (*sends)(int, const struct packet *) = send_each;
	int fd;

	whole.ip.tot_len = htons(sizeof(whole));
	if (argc == 5 && strcmp(argv[1], "-train") == 0) {
		sends = send_train;
		argc--;
		argv++;
	}
	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &whole.ip.saddr) != 1 ||
	    inet_pton(AF_INET, argv[3], &whole.ip.daddr) != 1) {
		fprintf(stderr, "usage: hostile [-train] ADDRESS FROM TO\n");
		return 2;
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    sends(fd, &whole) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
