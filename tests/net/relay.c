/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay - a cable with faults, and with eyes.
 *
 *	relay [-option=value ...] LEFT RIGHT
 *
 *	-loss=PERCENT		these it does not pass on
 *	-reorder=PERCENT	these it holds back until some later ones passed
 *	-duplicate=PERCENT	these it passes on twice
 *	-seed=NUMBER		of its dice; the same frames meet the same fate
 *	-ttl=NUMBER		what the TTL of all inner packets should be
 *	-mute			routers' ICMP errors do not pass
 *
 * Every frame that arrives at the device LEFT leaves by the device RIGHT and
 * the other way round; the faults are for the overlay's datagrams alone,
 * and each of those is inspected before (inspect.h), so that none passes
 * unseen. Prints "up"; at SIGTERM, what it saw and did, and "flaws" with
 * their number as the last line.
 *
 * It does a network card's work, too: a checksum that the kernel left to the
 * card is made here. What is longer than a frame a card would not have got:
 * the devices that send to this one have segmentation switched off.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "inspect.h"

#define MAX_FRAME (65536 + ETH_HLEN)
#define BURST 64	 /* frames from one side, before the other's turn */
#define HELD 16		 /* frames at most that are held back */
#define HOLD_BACK 8	 /* until so many others have passed, at most */
#define HOLD_TIME 5	 /* ms; when there are no others */
#define ATTEMPTS 10000	 /* to send, where a queue is full */
#define QUEUE (64 << 20) /* bytes that wait for us */

struct frame {
	struct virtio_net_hdr vnet;
	size_t size;
	unsigned wait; /* until so many others have passed */
	uint8_t bytes[MAX_FRAME];
};

struct side {
	const char *name;
	int fd;
	struct inspect seen;
	struct frame *held[HELD];
	unsigned n_held;
	unsigned long lost, reordered, duplicated, muted, overrun;
};

static struct side sides[2] = { { .name = "left" }, { .name = "right" } };

/* Of 2^32. */
static uint64_t loss, reorder, duplicate;
static int mute;
static uint64_t dice = 1;
static volatile sig_atomic_t ended;

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

/* ---- The devices ------------------------------------------------------ */

static unsigned
mtu_of(int fd, const char *device)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	if (ioctl(fd, SIOCGIFMTU, &ifr) < 0)
		die(device);
	return (unsigned)ifr.ifr_mtu;
}

static void
set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		die("setsockopt");
}

static void
open_side(struct side *side, const char *device)
{
	struct sockaddr_ll link = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	struct packet_mreq all = {
		.mr_ifindex = link.sll_ifindex,
		.mr_type = PACKET_MR_PROMISC,
	};
	int fd;

	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || link.sll_ifindex == 0)
		die(device);
	set(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
	set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, QUEUE);
	set(fd, SOL_SOCKET, SO_SNDBUFFORCE, QUEUE);
	if (setsockopt(
		fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0 ||
	    bind(fd, (struct sockaddr *)&link, sizeof(link)) < 0)
		die(device);
	side->seen.mtu = mtu_of(fd, device);
	side->fd = fd;
}

/* ---- One frame -------------------------------------------------------- */

static void
pass(struct side *to, struct frame *f)
{
	struct iovec parts[] = {
		{ &f->vnet, sizeof(f->vnet) },
		{ f->bytes, f->size },
	};

	for (int i = 0; i < ATTEMPTS; i++) {
		if (writev(to->fd, parts, 2) >= 0)
			return;
		if (errno != ENOBUFS && errno != EAGAIN)
			break;
		sched_yield();
	}
	to->overrun++;
}

/* What a card would do. */
static void
finish_checksum(struct frame *f)
{
	const size_t start = f->vnet.csum_start;
	const size_t at = start + f->vnet.csum_offset;
	unsigned sum;

	if (!(f->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	    f->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE || at + 2 > f->size)
		return;
	sum = ~inspect_sum(0, f->bytes + start, f->size - start) & 0xffff;
	if (sum == 0)
		sum = 0xffff;
	f->bytes[at] = (uint8_t)(sum >> 8);
	f->bytes[at + 1] = (uint8_t)sum;
	memset(&f->vnet, 0, sizeof(f->vnet));
}

static int
is_ipv4(const struct frame *f)
{
	return f->size >= ETH_HLEN + 20 && f->bytes[12] == 0x08 &&
	       f->bytes[13] == 0x00;
}

/* Destination unreachable, time exceeded, parameter problem. */
static int
is_icmp_error(const struct frame *f)
{
	const uint8_t *ip = f->bytes + ETH_HLEN;
	const size_t header = (ip[0] & 15u) * 4;
	unsigned type;

	if (!is_ipv4(f) || ip[9] != 1 || f->size < ETH_HLEN + header + 8)
		return 0;
	type = ip[header];
	return type == 3 || type == 11 || type == 12;
}

/* Those whose time has come; or all. */
static void
release(struct side *from, struct side *to, int all)
{
	unsigned i, kept = 0;

	for (i = 0; i < from->n_held; i++) {
		struct frame *f = from->held[i];

		if (!all && --f->wait > 0) {
			from->held[kept++] = f;
			continue;
		}
		pass(to, f);
		free(f);
	}
	from->n_held = kept;
}

static int
hold(struct side *from, const struct frame *f)
{
	struct frame *copy;

	if (from->n_held == HELD)
		return 0;
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		die("malloc");
	*copy = *f;
	copy->wait = 2 + roll() % HOLD_BACK;
	from->held[from->n_held++] = copy;
	from->reordered++;
	return 1;
}

static void
on_datagram(struct side *from, struct side *to, struct frame *f)
{
	inspect_packet(&from->seen, f->bytes + ETH_HLEN, f->size - ETH_HLEN);
	if (roll() < loss) {
		from->lost++;
	} else if (roll() >= reorder || !hold(from, f)) {
		pass(to, f);
		if (roll() < duplicate) {
			from->duplicated++;
			pass(to, f);
		}
	}
	release(from, to, 0);
}

static int
on_frame(struct side *from, struct side *to)
{
	static struct frame f;
	struct iovec parts[] = {
		{ &f.vnet, sizeof(f.vnet) },
		{ f.bytes, sizeof(f.bytes) },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t got;

	got = recvmsg(from->fd, &msg, MSG_DONTWAIT);
	if (got < (ssize_t)(sizeof(f.vnet) + ETH_HLEN))
		return 0;
	f.size = (size_t)got - sizeof(f.vnet);
	finish_checksum(&f);
	if (mute && is_icmp_error(&f))
		from->muted++;
	else if (is_ipv4(&f) &&
		 inspect_is_ours(f.bytes + ETH_HLEN, f.size - ETH_HLEN))
		on_datagram(from, to, &f);
	else
		pass(to, &f);
	return 1;
}

static void
on_side(struct side *from, struct side *to)
{
	for (int i = 0; i < BURST && on_frame(from, to); i++)
		;
}

/* ---- All of it -------------------------------------------------------- */

static void
on_term(int signal)
{
	(void)signal;
	ended = 1;
}

static uint64_t
percent(const char *text)
{
	return (uint64_t)(strtod(text, NULL) / 100 * 4294967296.0);
}

static int
read_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "loss", required_argument, NULL, 'l' },
		{ "reorder", required_argument, NULL, 'r' },
		{ "duplicate", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 's' },
		{ "ttl", required_argument, NULL, 't' },
		{ "mute", no_argument, &mute, 1 },
		{ NULL, 0, NULL, 0 },
	};
	int which;

	while ((which = getopt_long_only(argc, argv, "", options, NULL)) >= 0) {
		switch (which) {
		case 'l':
			loss = percent(optarg);
			break;
		case 'r':
			reorder = percent(optarg);
			break;
		case 'd':
			duplicate = percent(optarg);
			break;
		case 's':
			dice = strtoull(optarg, NULL, 0) | 1;
			break;
		case 't':
			sides[0].seen.ttl = (unsigned)atoi(optarg);
			sides[1].seen.ttl = sides[0].seen.ttl;
			break;
		case 0:
			break;
		default:
			return -1;
		}
	}
	return argc - optind == 2 ? 0 : -1;
}

static void
print(const struct side *side)
{
	struct tpacket_stats stats = { .tp_drops = 0 };
	socklen_t size = sizeof(stats);

	getsockopt(side->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
	inspect_print(&side->seen, side->name, stdout);
	printf("%s lost %lu\n%s reordered %lu\n%s duplicated %lu\n"
	       "%s muted %lu\n%s overrun %lu\n",
	    side->name, side->lost, side->name, side->reordered, side->name,
	    side->duplicated, side->name, side->muted, side->name,
	    side->overrun + stats.tp_drops);
}

/* SIGTERM comes while we wait, and at no other time. */
static void
carry(const sigset_t *waiting)
{
	const struct timespec patience = { .tv_nsec = HOLD_TIME * 1000000 };
	struct pollfd fds[2] = {
		{ .fd = sides[0].fd, .events = POLLIN },
		{ .fd = sides[1].fd, .events = POLLIN },
	};

	while (!ended) {
		const int holds = sides[0].n_held + sides[1].n_held > 0;
		const int n = ppoll(fds, 2, holds ? &patience : NULL, waiting);

		if (n < 0 && errno != EINTR)
			die("ppoll");
		for (int i = 0; i < 2; i++) {
			if (n > 0 && fds[i].revents)
				on_side(&sides[i], &sides[1 - i]);
			else if (n == 0)
				release(&sides[i], &sides[1 - i], 1);
		}
	}
}

int
main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_term };
	sigset_t term, waiting;

	if (read_options(argc, argv) < 0) {
		fprintf(stderr, "usage: relay [-option=value ...] "
				"LEFT RIGHT\n");
		return 2;
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &waiting);
	sigaction(SIGTERM, &action, NULL);
	open_side(&sides[0], argv[optind]);
	open_side(&sides[1], argv[optind + 1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("up");
	carry(&waiting);
	print(&sides[0]);
	print(&sides[1]);
	printf("flaws %llu\n",
	    (unsigned long long)(inspect_flaws(&sides[0].seen) +
				 inspect_flaws(&sides[1].seen)));
	return 0;
}
