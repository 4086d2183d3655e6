/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment.h - a packet in pieces that fit a narrower way (RFC 791 3.2), as
 * any router makes them; and whether its sender allows that. Pure.
 *
 *	for (size_t at = 0; (n = fragment_next(pkt, mtu, &at, out)) > 0;)
 *		send out, n bytes
 */
#ifndef UDP_FRAGMENT_H
#define UDP_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

/* Is it one that must arrive in one piece? */
bool fragment_is_forbidden(const struct packet *);

/*
 * Writes the next fragment, of at most mtu bytes, PACKET_MIN_MTU or more, to
 * `out`, and returns its length; 0: there are no more. *at is how far it has
 * got; begin with 0. Fragments may be fragmented again; what one claims to
 * have beyond the end of the longest packet is left out.
 */
size_t fragment_next(
    const struct packet *, size_t mtu, size_t *at, uint8_t *out);

#endif
