/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slices.h - datagrams on their way out: runs of packets that one send each
 * takes (UDP_SEGMENT), many of which go with one sendmmsg().
 *
 * Where the kernel refuses a slice for its form its packets go one by one,
 * and if that works, so do all later ones to that host.
 */
#ifndef UDP_SLICES_H
#define UDP_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <netinet/in.h>

#include "lane.h"
#include "run.h"

#define SLICES_MAX 64

struct slice {
	struct run run;
	struct hop hop;
	struct sockaddr_in to;
	struct iovec iov;
	char control[CMSG_SPACE(sizeof(uint16_t))] __attribute__((aligned(8)));
};

struct slices {
	struct lane *lane;
	unsigned n;
	struct slice all[SLICES_MAX];
	struct mmsghdr msgs[SLICES_MAX];
};

void slices_init(struct slices *, struct lane *);

/*
 * Takes one slice; there is room for it as long as n < SLICES_MAX. The
 * packets are borrowed until slices_send.
 */
void slices_add(struct slices *, const struct run *, const struct hop *);

/* Sends all, and is empty again. */
void slices_send(struct slices *);

#endif
