/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch.h"

/* The kernel sends at most this much at once. */
#define MESSAGES 32768

int
watch_open(void)
{
	struct sockaddr_nl to = {
		.nl_family = AF_NETLINK,
		.nl_groups =
		    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE,
	};
	int fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static bool
is_of_interest(const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return true;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return message->nlmsg_len >= NLMSG_LENGTH(sizeof(*route)) &&
		       route->rtm_dst_len == 0;
	}
	return false;
}

static bool
any_of_interest(char *data, ssize_t n)
{
	struct nlmsghdr *message = (struct nlmsghdr *)data;
	int left = (int)n;

	for (; nlmsg_ok(message, left); message = nlmsg_next(message, &left)) {
		if (is_of_interest(message))
			return true;
	}
	return false;
}

bool
watch_read(int fd)
{
	char data[MESSAGES] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool found = false;
	ssize_t n;

	while ((n = recv(fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		found |= any_of_interest(data, n);
	return found || (n < 0 && errno == ENOBUFS);
}
