/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - IPv4 packets in a buffer: is it one, age it by a hop, answer
 * it with an ICMP error. Pure. No demands on the alignment of the buffer;
 * all numbers here are in host byte order.
 */
#ifndef UDP_PACKET_H
#define UDP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest there is, and the shortest that every link carries (RFC 791). */
#define PACKET_MAX 65535
#define PACKET_MIN_MTU 68

/* A packet whose header holds what it says; of the caller's buffer. */
struct packet {
	uint8_t *data;
	size_t len;    /* by its own header: bytes behind it are not its */
	size_t header; /* with options: 20..60 */
};

/*
 * Nothing else here may be called before this has returned 0. The checksum
 * is not looked at: the kernel made it, and will check it again where the
 * packet ends. -EPROTONOSUPPORT: not IPv4. -EBADMSG: IPv4, but broken: too
 * short for its header or for the length that it claims.
 */
int packet_parse(struct packet *, void *buf, size_t len);

uint32_t packet_src(const struct packet *);
uint32_t packet_dst(const struct packet *);

/* Is it for many: multicast, broadcast, or the class that never came? */
bool packet_to_many(const struct packet *);

/*
 * One hop less to live, the checksum patched (RFC 1624). False: this was its
 * last hop, it must not go on; nothing was changed.
 */
bool packet_age(struct packet *);

/* Why a packet did not arrive. */
enum packet_error {
	PACKET_NET_UNREACHABLE, /* 3/0 */
	PACKET_FRAG_NEEDED,	/* 3/4, with the MTU (RFC 1191) */
	PACKET_TIME_EXCEEDED,	/* 11/0 */
};

/* The longest ICMP error: two headers, one with options, and 2 * 8 bytes. */
#define PACKET_ICMP_MAX (20 + 8 + 60 + 8)

/*
 * Writes the ICMP error that tells the sender of `about`; `from` is who says
 * so; `mtu` is for PACKET_FRAG_NEEDED alone. Returns its length, or 0 where
 * none may be sent (RFC 1122 3.2.2, RFC 1812 4.3.2.7): about an ICMP error,
 * about a fragment that is not the first, to or from what is not one host.
 */
size_t packet_icmp(uint8_t out[PACKET_ICMP_MAX], const struct packet *about,
    enum packet_error, uint32_t from, uint16_t mtu);

/* The Internet checksum (RFC 1071) as it goes into a header; 0: it is right,
 * when the bytes hold their own. */
uint16_t packet_checksum(const void *, size_t len);

#endif
