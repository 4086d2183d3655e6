/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blast - how many datagrams a second get through.
 *
 *	blast sink ADDRESS PORT SIZE SECONDS
 *	blast send FROM ADDRESS PORT SIZE SECONDS
 *
 * "send" sends datagrams of SIZE bytes of payload for SECONDS, as fast as
 * sendmmsg() takes them. "sink" prints "ready", counts what arrives in that
 * size, and a while after the last one prints
 *
 *	1234567 datagrams 2.998 seconds 411.8 kpps
 *
 * where the time is from the first one to the last. It gives up when none
 * has come within SECONDS, and ends after twice that time anyway. Both use
 * batches, so that what lies between them is what is measured, and neither
 * asks for segmentation or GRO: those are the tunnel's own to find.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define LARGEST 9000
#define QUIET_MS 500 /* nothing for so long: that was the last one */
#define RCVBUF_SIZE (8 << 20)

struct batch {
	struct mmsghdr msgs[BATCH];
	struct iovec iovs[BATCH];
	char bytes[BATCH][LARGEST];
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct sockaddr_in
address(const char *text, int port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};

	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1) {
		fprintf(stderr, "blast: %s: not an address\n", text);
		exit(2);
	}
	return sin;
}

static long
number(const char *text, long max)
{
	char *end;
	long n;

	n = strtol(text, &end, 10);
	if (*end != '\0' || n < 1 || n > max) {
		fprintf(stderr, "blast: %s: not 1 to %ld\n", text, max);
		exit(2);
	}
	return n;
}

/* A socket at that address; it is where the datagrams go to or come from. */
static int
open_at(const struct sockaddr_in *sin)
{
	int fd, size = RCVBUF_SIZE;

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (const void *)sin, sizeof(*sin)) < 0)
		die("blast: socket");
	/* The sink's queue shall not be what drops; root may do this. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static struct batch *
batch_new(size_t size)
{
	struct batch *batch;
	int i;

	batch = calloc(1, sizeof(*batch));
	if (!batch)
		die("blast");
	for (i = 0; i < BATCH; i++) {
		batch->iovs[i].iov_base = batch->bytes[i];
		batch->iovs[i].iov_len = size;
		batch->msgs[i].msg_hdr.msg_iov = &batch->iovs[i];
		batch->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return batch;
}

/* ---- send ---------------------------------------------------------------- */

/* What a full queue or a peer not there yet says; the next one may pass. */
static bool
passes(int err)
{
	return err == EAGAIN || err == ENOBUFS || err == ECONNREFUSED ||
	       err == EINTR;
}

static int
run_send(char **argv)
{
	struct sockaddr_in from = address(argv[0], 0), to;
	struct batch *batch;
	double end;
	int fd;

	to = address(argv[1], (int)number(argv[2], 65535));
	batch = batch_new((size_t)number(argv[3], LARGEST));
	fd = open_at(&from);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("blast: connect");
	end = now() + (double)number(argv[4], 3600);
	while (now() < end)
		if (sendmmsg(fd, batch->msgs, BATCH, 0) < 0 && !passes(errno))
			die("blast: sendmmsg");
	close(fd);
	free(batch);
	return 0;
}

/* ---- sink ---------------------------------------------------------------- */

struct count {
	size_t size; /* of the datagrams that count */
	uint64_t datagrams;
	double first, last; /* when they came */
};

static void
count_batch(struct count *count, const struct batch *batch, int got)
{
	int i;

	count->last = now();
	if (count->datagrams == 0)
		count->first = count->last;
	for (i = 0; i < got; i++)
		if (batch->msgs[i].msg_len == count->size)
			count->datagrams++;
}

static bool
waits(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, ms) > 0;
}

static void
drain(int fd, struct batch *batch, struct count *count, int seconds)
{
	double end = now() + 2 * seconds;
	int got, ms = seconds * 1000;

	while (now() < end && waits(fd, ms)) {
		got = recvmmsg(fd, batch->msgs, BATCH, MSG_DONTWAIT, NULL);
		if (got <= 0)
			continue;
		count_batch(count, batch, got);
		ms = QUIET_MS;
	}
}

static int
run_sink(char **argv)
{
	struct sockaddr_in at;
	struct count count = { 0 };
	struct batch *batch;
	double seconds;
	int fd;

	at = address(argv[0], (int)number(argv[1], 65535));
	count.size = (size_t)number(argv[2], LARGEST);
	/* One byte more, so that longer ones are not taken for ours. */
	batch = batch_new(count.size + (count.size < LARGEST));
	fd = open_at(&at);
	puts("ready");
	fflush(stdout);
	drain(fd, batch, &count, (int)number(argv[3], 3600));
	close(fd);
	free(batch);
	seconds = count.last - count.first;
	if (count.datagrams < 2 || seconds <= 0) {
		fprintf(stderr, "blast: nothing came\n");
		return 1;
	}
	printf("%llu datagrams %.3f seconds %.1f kpps\n",
	    (unsigned long long)count.datagrams, seconds,
	    (double)count.datagrams / seconds / 1e3);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "send") == 0)
		return run_send(argv + 2);
	if (argc == 6 && strcmp(argv[1], "sink") == 0)
		return run_sink(argv + 2);
	fprintf(stderr, "usage: blast sink ADDRESS PORT SIZE SECONDS\n"
			"       blast send FROM ADDRESS PORT SIZE SECONDS\n");
	return 2;
}
