/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagrams - UDP of all lengths, of which every one must arrive as it was.
 *
 *	datagrams receive PORT COUNT MTU [lossy]
 *	datagrams ADDRESS PORT COUNT MTU [lossy]
 *
 * Both ends know all COUNT datagrams: their lengths (0, 1, odd, what just
 * fits MTU, what just does not, up to the longest that UDP has), their bytes,
 * and how they leave: one by one, or as a train of equal ones that the kernel
 * is given at once (UDP_SEGMENT). The receiver says how far it is after each
 * burst, so that none is lost in a queue.
 *
 * Each must arrive once, whole, and in its turn; but those that travel in
 * fragments have a turn of their own, as to a network they are another flow
 * (no ports). With "lossy", between the two is something that loses, swaps
 * and doubles: then each that arrives must be one of those that were sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define LONGEST 65507
#define BURST_BYTES 131072 /* between two answers */
#define BURST_COUNT 64
#define PATIENCE 10000	 /* ms, for an answer; a bound */
#define PAUSE 3		 /* ms, instead of waiting for one */
#define SILENCE 3000	 /* ms, after which no more will come */
#define QUEUE (64 << 20) /* bytes that may wait at the receiver */
#define TRAIN 60	 /* datagrams at most; UDP_SEGMENT takes 64 */

/* What is sent, in this order. */
struct plan {
	uint32_t count;
	uint32_t fits; /* the longest that is no fragments */
	uint16_t *length;
	uint8_t *train; /* so many from here on leave as one; 1: alone */
};

static struct plan plan;
static int lossy;
static uint64_t dice = 0x853c49e6748fea9bu;

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
	return (uint32_t)((dice * 0x2545f4914f6cdd1dull) >> 32);
}

/* ---- The plan --------------------------------------------------------- */

/* One in eight is of a length where mistakes like to be. */
static uint16_t
choose_length(void)
{
	const uint32_t fits = plan.fits;
	const uint32_t edges[] = { 0, 1, 2, 3, 7, 8, 9, 63, fits - 2, fits - 1,
		fits, fits + 1, fits + 2, 2 * fits, 4000, 9001, LONGEST };
	const uint32_t die = roll() % 64;
	uint32_t length;

	if (die < 8)
		length = edges[roll() % (sizeof(edges) / sizeof(edges[0]))];
	else if (die == 8)
		length = roll() % (4 * fits);
	else
		length = roll() % (fits + 1);
	return (uint16_t)(length < LONGEST ? length : LONGEST);
}

/* A train's are equal, and fit; the last is as long, or shorter. */
static uint32_t
add_train(uint32_t at)
{
	const uint16_t length = (uint16_t)(1 + roll() % plan.fits);
	uint32_t count = 2 + roll() % (TRAIN - 2), i;

	while (count * length > LONGEST)
		count--;
	if (count < 2 || count > plan.count - at)
		count = 1;
	for (i = at; i < at + count; i++)
		plan.length[i] = length;
	if (count > 1)
		plan.length[i - 1] = (uint16_t)(1 + roll() % length);
	plan.train[at] = (uint8_t)count;
	return count;
}

static void
make_plan(uint32_t count, uint32_t mtu)
{
	uint32_t i = 0;

	plan.count = count;
	plan.fits = mtu - 28;
	plan.length = calloc(count, sizeof(*plan.length));
	plan.train = calloc(count, sizeof(*plan.train));
	if (plan.length == NULL || plan.train == NULL)
		die("calloc");
	while (i < count) {
		if (roll() % 16 == 0) {
			i += add_train(i);
			continue;
		}
		plan.length[i] = choose_length();
		plan.train[i++] = 1;
	}
}

/* The number first, where there is room for it; then what follows from it. */
static void
fill(uint8_t *data, uint32_t number)
{
	const size_t length = plan.length[number];
	uint64_t x = number * 0x9e3779b97f4a7c15u + 1;
	size_t i;

	for (i = 0; i < length; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = (uint8_t)(x >> 32);
	}
	if (length >= sizeof(number))
		memcpy(data, &number, sizeof(number));
}

/* Where the burst that begins here ends; on both sides the same. */
static uint32_t
burst_end(uint32_t at)
{
	uint32_t bytes = 0, i = at, n;

	while (i < plan.count && bytes < BURST_BYTES && i - at < BURST_COUNT)
		for (n = plan.train[i]; n > 0; n--)
			bytes += plan.length[i++];
	return i;
}

/* ---- The sender ------------------------------------------------------- */

static void
send_all(int fd, const uint8_t *data, size_t size)
{
	while (send(fd, data, size, 0) < 0)
		if (errno != ECONNREFUSED && errno != EHOSTUNREACH)
			die("send"); /* those are of an earlier one */
}

static int
send_train(int fd, uint8_t *data, size_t size, uint16_t each)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(each))];
	} control = { .bytes = { 0 } };
	struct iovec part = { data, size };
	struct msghdr msg = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = IPPROTO_UDP;
	cmsg->cmsg_type = UDP_SEGMENT;
	cmsg->cmsg_len = CMSG_LEN(sizeof(each));
	memcpy(CMSG_DATA(cmsg), &each, sizeof(each));
	return sendmsg(fd, &msg, 0) < 0 ? -1 : 0;
}

/* From `at` on what leaves as one. Where no trains go, one by one. */
static uint32_t
send_next(int fd, uint32_t at)
{
	static uint8_t data[LONGEST];
	const uint32_t count = plan.train[at];
	size_t size = 0;
	uint32_t i;

	for (i = at; i < at + count; i++) {
		fill(data + size, i);
		size += plan.length[i];
	}
	if (count > 1 && send_train(fd, data, size, plan.length[at]) == 0)
		return at + count;
	for (i = at, size = 0; i < at + count; i++) {
		send_all(fd, data + size, plan.length[i]);
		size += plan.length[i];
	}
	return at + count;
}

/* True when the other has all before `end`. */
static int
await_answer(int fd, uint32_t end)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint32_t have = 0;

	while (poll(&poll_fd, 1, lossy ? PAUSE : PATIENCE) > 0)
		if (recv(fd, &have, sizeof(have), 0) == sizeof(have) &&
		    have >= end)
			return 1;
	return 0;
}

static int
send_plan(int fd)
{
	uint32_t at = 0, end;

	while (at < plan.count) {
		end = burst_end(at);
		while (at < end)
			at = send_next(fd, at);
		if (!await_answer(fd, end) && !lossy) {
			fprintf(stderr, "no answer after %u\n", end);
			return 1;
		}
	}
	printf("sent %u\n", at);
	return 0;
}

/* ---- The receiver ----------------------------------------------------- */

static int
differs(const uint8_t *data, size_t size, uint32_t number)
{
	static uint8_t want[LONGEST];

	if (number >= plan.count || size != plan.length[number])
		return 1;
	fill(want, number);
	return memcmp(data, want, size) != 0;
}

static int
is_in_fragments(size_t length)
{
	return length > plan.fits;
}

/* The next of its kind from here on. */
static uint32_t
skip(uint32_t at, int in_fragments)
{
	while (
	    at < plan.count && is_in_fragments(plan.length[at]) != in_fragments)
		at++;
	return at;
}

/* Both turns are before this; so many have arrived. */
static int
receive_plan(int fd)
{
	static uint8_t data[LONGEST + 1];
	uint32_t turn[2] = { skip(0, 0), skip(0, 1) };
	uint32_t end = burst_end(0), got;
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);

	for (got = 1; got <= plan.count; got++) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t n = -1;
		int which;

		if (poll(&poll_fd, 1, PATIENCE) > 0)
			n = recvfrom(fd, data, sizeof(data), 0,
			    (struct sockaddr *)&from, &from_size);
		if (n < 0) {
			fprintf(stderr,
			    "after %u nothing came: whole ones are at %u, "
			    "those in fragments at %u\n",
			    got - 1, turn[0], turn[1]);
			return 1;
		}
		which = is_in_fragments((size_t)n);
		if (differs(data, (size_t)n, turn[which])) {
			fprintf(stderr,
			    "%u (%s) has %zd bytes, or others, where %u were "
			    "due\n",
			    turn[which], which ? "in fragments" : "whole", n,
			    turn[which] < plan.count ? plan.length[turn[which]]
						     : 0);
			return 1;
		}
		turn[which] = skip(turn[which] + 1, which);
		if (got == end) {
			sendto(fd, &got, sizeof(got), 0,
			    (struct sockaddr *)&from, from_size);
			end = burst_end(end);
		}
	}
	printf("as sent %u\n", got - 1);
	return 0;
}

/* There are no answers: what is lost is lost. */
static int
receive_lossy(int fd)
{
	static uint8_t data[LONGEST + 1];
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint32_t got = 0, number;

	while (poll(&poll_fd, 1, got == 0 ? PATIENCE : SILENCE) > 0) {
		const ssize_t n = recv(fd, data, sizeof(data), 0);

		if (n < 0)
			die("recv");
		got++;
		if ((size_t)n < sizeof(number))
			continue; /* it could be any of that length */
		memcpy(&number, data, sizeof(number));
		if (differs(data, (size_t)n, number)) {
			fprintf(stderr, "%zd bytes that nobody sent\n", n);
			return 1;
		}
	}
	printf("as sent %u\n", got);
	return got > plan.count / 2 ? 0 : 1;
}

/* ---- Both ------------------------------------------------------------- */

static int
open_socket(const struct sockaddr_in *where, int receives)
{
	const int size = QUEUE;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), rc;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) <
		0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		die("socket");
	rc = (receives ? bind : connect)(
	    fd, (const struct sockaddr *)where, sizeof(*where));
	if (rc < 0)
		die("port");
	return fd;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in where = { .sin_family = AF_INET };
	int receives, fd;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: datagrams receive|ADDRESS PORT COUNT "
				"MTU [lossy]\n");
		return 2;
	}
	receives = strcmp(argv[1], "receive") == 0;
	if (!receives && inet_pton(AF_INET, argv[1], &where.sin_addr) != 1) {
		fprintf(stderr, "%s: not an address\n", argv[1]);
		return 2;
	}
	where.sin_port = htons((uint16_t)atoi(argv[2]));
	make_plan((uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[4]));
	lossy = argc == 6;
	fd = open_socket(&where, receives);
	if (!receives)
		return send_plan(fd);
	return lossy ? receive_lossy(fd) : receive_plan(fd);
}
