/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream - bytes over TCP, both ways at once, of which none may be another.
 *
 *	stream listen PORT SEND RECEIVE
 *	stream ADDRESS PORT SEND RECEIVE
 *
 * One connection. Each end sends SEND megabytes and expects RECEIVE of them;
 * the two swap these numbers. Every byte is known from its place in the
 * stream and from who sent it, and is compared: which says more than a hash,
 * and says where. The pieces that are handed to the kernel at a time are of
 * all sizes from 1 byte on. Prints "as sent BYTES" at the end of what it
 * received and exits with 0; or else says what was wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK 65536
#define WORDS (BLOCK / sizeof(uint64_t))
#define PATIENCE 120000 /* ms in which nothing moves: a bound */

/* One direction: how far it is, and the block that is there. */
struct half {
	uint64_t seed;
	uint64_t done, total;
	uint64_t made; /* the block that is in `words`, plus 1 */
	uint64_t words[WORDS];
};

static struct half out, in;
static uint64_t dice = 88172645463325252u;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t
roll(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 32);
}

/* splitmix64: the word of this place. */
static uint64_t
word(uint64_t place)
{
	uint64_t z = place * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* What comes next of this direction, and how much of it is here. */
static const char *
next(struct half *h, size_t *size)
{
	const uint64_t block = h->done / BLOCK;
	const size_t at = h->done % BLOCK;

	if (h->made != block + 1)
		for (uint64_t i = 0; i < WORDS; i++)
			h->words[i] = word(h->seed + block * WORDS + i);
	h->made = block + 1;
	*size = BLOCK - at;
	if (*size > h->total - h->done)
		*size = h->total - h->done;
	return (const char *)h->words + at;
}

/* Whole blocks mostly, else a piece of any size; some as small as it gets. */
static size_t
piece(size_t size)
{
	const uint32_t die = roll();
	size_t most = die % 8 == 0 ? 1 + die / 8 % 64 : 1 + die / 8 % 8192;

	if (die % 4 != 0 || most > size)
		return size;
	return most;
}

static void
on_writable(int sock)
{
	size_t size;
	const char *data = next(&out, &size);
	const ssize_t n = send(sock, data, piece(size), MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die("send");
	if (n > 0)
		out.done += (uint64_t)n;
	if (out.done == out.total && shutdown(sock, SHUT_WR) < 0)
		die("shutdown");
}

static void
compare(const char *have, const char *want, size_t size)
{
	size_t i = 0;

	if (memcmp(have, want, size) == 0)
		return;
	while (have[i] == want[i])
		i++;
	fprintf(stderr, "byte %llu is %02x, not %02x\n",
	    (unsigned long long)(in.done + i), have[i] & 0xff, want[i] & 0xff);
	exit(1);
}

/* False: the other end has no more. */
static int
on_readable(int sock)
{
	static char buf[BLOCK];
	size_t size;
	const char *want = next(&in, &size);
	const ssize_t n = recv(sock, buf, size > 0 ? size : 1, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n < 0)
		die("recv");
	if ((size_t)n > size || (n == 0 && size > 0)) {
		fprintf(stderr, "%s than %llu bytes: the end is at %llu\n",
		    n == 0 ? "less" : "more", (unsigned long long)in.total,
		    (unsigned long long)in.done);
		exit(1);
	}
	compare(buf, want, (size_t)n);
	in.done += (uint64_t)n;
	return n > 0;
}

static void
carry(int sock)
{
	struct pollfd fd = { .fd = sock, .events = POLLIN };
	int receiving = 1, n;

	while (receiving || out.done < out.total) {
		fd.events = (short)((receiving ? POLLIN : 0) |
				    (out.done < out.total ? POLLOUT : 0));
		n = poll(&fd, 1, PATIENCE);
		if (n < 0)
			die("poll");
		if (n == 0) {
			fprintf(stderr,
			    "nothing moves: sent %llu, received %llu\n",
			    (unsigned long long)out.done,
			    (unsigned long long)in.done);
			exit(1);
		}
		if (out.done < out.total && fd.revents & ~POLLIN)
			on_writable(sock);
		if (receiving && fd.revents & ~POLLOUT)
			receiving = on_readable(sock);
	}
}

static int
wait_for_other(const struct sockaddr_in *where)
{
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0), sock;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)where, sizeof(*where)) < 0 ||
	    listen(fd, 1) < 0)
		die("listen");
	sock = accept(fd, NULL, NULL);
	if (sock < 0)
		die("accept");
	close(fd);
	return sock;
}

static int
reach(const struct sockaddr_in *where)
{
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (sock < 0 ||
	    connect(sock, (const struct sockaddr *)where, sizeof(*where)) < 0)
		die("connect");
	return sock;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in where = { .sin_family = AF_INET };
	const int on = 1;
	int listens, sock;

	if (argc != 5) {
		fprintf(
		    stderr, "usage: stream listen|ADDRESS PORT SEND RECEIVE\n");
		return 2;
	}
	listens = strcmp(argv[1], "listen") == 0;
	if (!listens && inet_pton(AF_INET, argv[1], &where.sin_addr) != 1) {
		fprintf(stderr, "%s: not an address\n", argv[1]);
		return 2;
	}
	where.sin_port = htons((uint16_t)atoi(argv[2]));
	out.total = strtoull(argv[3], NULL, 10) << 20;
	in.total = strtoull(argv[4], NULL, 10) << 20;
	(listens ? &out : &in)->seed = 1ull << 60;
	sock = listens ? wait_for_other(&where) : reach(&where);
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(sock, F_SETFL, O_NONBLOCK);
	if (out.total == 0)
		shutdown(sock, SHUT_WR);
	carry(sock);
	printf("as sent %llu\n", (unsigned long long)in.done);
	return 0;
}
