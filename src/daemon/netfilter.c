/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#include "netfilter.h"

struct netfilter {
	struct nft_ctx *nft;
	char line[256];
};

static int
open_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_NETFILTER);

	return fd < 0 ? -errno : fd;
}

/* Where there is no such socket libnftables would end the whole program. */
int
netfilter_open(struct netfilter **n)
{
	int fd = open_socket();

	*n = NULL;
	if (fd < 0)
		return fd;
	close(fd);
	*n = calloc(1, sizeof(**n));
	if (*n == NULL)
		return -ENOMEM;
	(*n)->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if ((*n)->nft == NULL || nft_ctx_buffer_output((*n)->nft) != 0 ||
	    nft_ctx_buffer_error((*n)->nft) != 0) {
		netfilter_close(*n);
		*n = NULL;
		return -ENOMEM;
	}
	return 0;
}

void
netfilter_close(struct netfilter *n)
{
	if (n == NULL)
		return;
	if (n->nft != NULL)
		nft_ctx_free(n->nft);
	free(n);
}

/* "/dev/stdin:1:1-5: Error: what is wrong", and the source below it. */
const char *
netfilter_run(struct netfilter *n, const char *commands)
{
	const char *why, *error;

	nft_ctx_output_set_flags(n->nft, 0);
	if (nft_run_cmd_from_buffer(n->nft, commands) == 0)
		return NULL;
	why = nft_ctx_get_error_buffer(n->nft);
	error = strstr(why, "Error: ");
	if (error != NULL)
		why = error + strlen("Error: ");
	n->line[0] = '\0';
	strncat(n->line, why,
	    strcspn(why, "\n") < sizeof(n->line) ? strcspn(why, "\n")
						 : sizeof(n->line) - 1);
	return n->line;
}

const char *
netfilter_list(struct netfilter *n, const char *command, bool json)
{
	nft_ctx_output_set_flags(n->nft,
	    NFT_CTX_OUTPUT_STATELESS |
		(json ? NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE : 0));
	if (nft_run_cmd_from_buffer(n->nft, command) != 0)
		return "";
	return nft_ctx_get_output_buffer(n->nft);
}

/* ---- Who else changes rules --------------------------------------------- */

evutil_socket_t
netfilter_watch(void)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTABLES, rc;
	int fd = open_socket();

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		sizeof(group)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/* An overrun, ENOBUFS, is news as well, and once it is told there may be more
 * behind it. */
void
netfilter_drain(evutil_socket_t fd)
{
	char buffer[8192];

	while (recv(fd, buffer, sizeof(buffer), 0) >= 0 || errno == ENOBUFS)
		continue;
}
