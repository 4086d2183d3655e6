/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer2014 - a host of the overlay that knows the original's format alone.
 *
 *	peer2014 TUN PEER-ADDRESS
 *
 * Makes the device TUN, prints "up", and carries packets between it and the
 * UDP port 8285 of one peer: the payload of a datagram is an inner IPv4
 * packet, no more and no less, and its TTL is taken down by one wherever it
 * passes. Addresses and routes are up to the caller. It prints one line for
 * each datagram that arrives,
 *
 *	good 84 ttl 63 10.1.5.0 > 10.1.200.1
 *	bad 85 tot_len is 84
 *
 * and drops the bad ones. It shares no code with rudder, on purpose: what
 * both got wrong in the same place would go unseen.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 8285

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
open_tun(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
		die(name);
	return fd;
}

static int
open_udp(void)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		die("udp");
	return fd;
}

/* Of a header whose checksum is right: 0. */
static uint16_t
checksum(const void *header, size_t size)
{
	const uint8_t *byte = header;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(byte[i] << 8 | byte[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* The whole header anew: slow, and sure. */
static void
age(struct iphdr *ip)
{
	ip->ttl--;
	ip->check = 0;
	ip->check = checksum(ip, ip->ihl * 4u);
}

static const char *
flaw(const struct iphdr *ip, size_t size)
{
	if (size < sizeof(*ip))
		return "shorter than a header";
	if (ip->version != 4)
		return "not IPv4";
	if (ip->ihl < 5 || ip->ihl * 4u > size)
		return "header length";
	if (ntohs(ip->tot_len) != size)
		return "tot_len differs from the datagram's length";
	if (checksum(ip, ip->ihl * 4u) != 0)
		return "header checksum";
	if (ip->ttl == 0)
		return "ttl is 0";
	return NULL;
}

static void
report(const struct iphdr *ip, size_t size, const char *bad)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

	if (bad) {
		printf("bad %zu %s\n", size, bad);
		return;
	}
	inet_ntop(AF_INET, &ip->saddr, from, sizeof(from));
	inet_ntop(AF_INET, &ip->daddr, to, sizeof(to));
	printf("good %zu ttl %d %s > %s\n", size, ip->ttl, from, to);
}

static void
on_datagram(int udp, int tun)
{
	union {
		struct iphdr ip;
		char bytes[65536];
	} packet;
	const char *bad;
	ssize_t got;

	got = recv(udp, &packet, sizeof(packet), 0);
	if (got < 0)
		return; /* an ICMP error of an earlier send */
	bad = flaw(&packet.ip, (size_t)got);
	report(&packet.ip, (size_t)got, bad);
	if (bad)
		return;
	age(&packet.ip);
	if (packet.ip.ttl > 0 && write(tun, &packet, (size_t)got) != got)
		perror("tun");
}

static void
on_packet(int tun, int udp, const struct sockaddr_in *peer)
{
	union {
		struct iphdr ip;
		char bytes[65536];
	} packet;
	ssize_t got;

	got = read(tun, &packet, sizeof(packet));
	if (got < (ssize_t)sizeof(packet.ip) || packet.ip.version != 4)
		return; /* the kernel's own IPv6 chatter */
	age(&packet.ip);
	if (packet.ip.ttl > 0)
		sendto(udp, &packet, (size_t)got, 0,
		    (const struct sockaddr *)peer, sizeof(*peer));
}

int
main(int argc, char **argv)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};

	if (argc != 3 || inet_pton(AF_INET, argv[2], &peer.sin_addr) != 1) {
		fprintf(stderr, "usage: peer2014 TUN PEER-ADDRESS\n");
		return 2;
	}
	fds[0].fd = open_udp();
	fds[1].fd = open_tun(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("up");
	while (poll(fds, 2, -1) > 0 || errno == EINTR) {
		if (fds[0].revents)
			on_datagram(fds[0].fd, fds[1].fd);
		if (fds[1].revents)
			on_packet(fds[1].fd, fds[0].fd, &peer);
	}
	return 1;
}
