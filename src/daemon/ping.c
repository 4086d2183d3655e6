/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ping.h"

#define ROUNDS 3
#define ROUND_MS 1000
#define HEADERS (sizeof(struct iphdr) + sizeof(struct icmphdr))

struct pinger {
	int fd;
	uint16_t id;
	struct ping *pings;
	size_t n;
	size_t size; /* of the ICMP message */
	uint8_t *message;
	double begun;
};

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* RFC 1071. */
static uint16_t
checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* 0, or -errno. Which of them it is for, the answer says by its sequence. */
static int
send_one(struct pinger *p, size_t i)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(p->pings[i].address) };
	struct icmphdr head = { .type = ICMP_ECHO,
		.un.echo = { htons(p->id), htons((uint16_t)i) } };

	memcpy(p->message, &head, sizeof(head));
	head.checksum = checksum(p->message, p->size);
	memcpy(p->message, &head, sizeof(head));
	if (sendto(p->fd, p->message, p->size, 0, (struct sockaddr *)&to,
		sizeof(to)) < 0)
		return -errno;
	return 0;
}

static void
take(struct pinger *p, const uint8_t *packet, size_t len)
{
	size_t ihl = len > 0 ? (size_t)(packet[0] & 15) * 4 : 0, i;
	struct icmphdr head;

	if (len < ihl + sizeof(head))
		return;
	memcpy(&head, packet + ihl, sizeof(head));
	i = ntohs(head.un.echo.sequence);
	if (head.type != ICMP_ECHOREPLY || ntohs(head.un.echo.id) != p->id ||
	    i >= p->n || p->pings[i].answered)
		return;
	p->pings[i].answered = true;
	p->pings[i].ms = now_ms() - p->begun;
}

static bool
all_answered(const struct pinger *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!p->pings[i].answered)
			return false;
	}
	return true;
}

static void
hear(struct pinger *p)
{
	struct pollfd ready = { .fd = p->fd, .events = POLLIN };
	double until = now_ms() + ROUND_MS, left;
	uint8_t packet[HEADERS + 40];
	ssize_t len;

	while (!all_answered(p) && (left = until - now_ms()) > 0 &&
	       poll(&ready, 1, (int)left + 1) > 0) {
		len = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (len > 0)
			take(p, packet, (size_t)len);
	}
}

static int
round_of(struct pinger *p)
{
	int rc, sent = -ENETUNREACH;

	for (size_t i = 0; i < p->n; i++) {
		rc = p->pings[i].answered ? 0 : send_one(p, i);
		sent = rc == 0 ? 0 : sent;
	}
	if (sent == 0)
		hear(p);
	return sent;
}

int
ping_all(struct ping *pings, size_t n, size_t size)
{
	int probe = IP_PMTUDISC_PROBE, rc = 0;
	struct pinger p = { .pings = pings,
		.n = n < UINT16_MAX ? n : UINT16_MAX,
		.size = size - sizeof(struct iphdr),
		.id = (uint16_t)getpid(),
		.begun = now_ms() };

	p.fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	p.message = calloc(1, p.size);
	if (p.fd < 0 || p.message == NULL)
		rc = p.fd < 0 ? -errno : -ENOMEM;
	if (rc == 0)
		setsockopt(
		    p.fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof(probe));
	for (int i = 0; rc == 0 && i < ROUNDS && !all_answered(&p); i++)
		rc = round_of(&p);
	if (p.fd >= 0)
		close(p.fd);
	free(p.message);
	return rc;
}
