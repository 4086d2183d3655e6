/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netfilter.h - nftables, by libnftables, and a way to see that somebody has
 * changed its rules. Where libnftables was not there at configure, netfilter.c
 * gives way to netfilter_none.c.
 */
#ifndef DAEMON_NETFILTER_H
#define DAEMON_NETFILTER_H

#include <stdbool.h>

#include <event2/util.h>

struct netfilter;

/* 0, -ENOTSUP: built without libnftables, or -errno: none in this kernel. */
int netfilter_open(struct netfilter **);
void netfilter_close(struct netfilter *); /* or NULL */

/*
 * Runs commands, as a file for nft(8) has them, in one transaction. NULL, or
 * what nftables has to say against it, one line, good until the next call.
 */
const char *netfilter_run(struct netfilter *, const char *commands);

/*
 * Runs one command that lists something, without counters; `json`: in nft's
 * JSON, with handles. "" where that something is not there. Good until the
 * next call.
 */
const char *netfilter_list(struct netfilter *, const char *command, bool json);

/*
 * A socket that can be read from whenever rules have changed, ours or
 * others'; or -errno. The caller closes it.
 */
evutil_socket_t netfilter_watch(void);

/* Takes what is there to be read. */
void netfilter_drain(evutil_socket_t);

#endif
