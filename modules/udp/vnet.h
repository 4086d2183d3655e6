/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vnet.h - what stands before each packet of a TUN with IFF_VNET_HDR: struct
 * virtio_net_hdr of linux/virtio_net.h, ten bytes. Here, because headers of
 * kernels before 6.2 do not know UDP_L4. Numbers are in the byte order of
 * the host: TUNSETVNETLE and TUNSETVNETBE are never used.
 */
#ifndef UDP_VNET_H
#define UDP_VNET_H

#include <stdint.h>

enum {
	VNET_NEEDS_CSUM = 1, /* flags: the checksum is of the pseudo header */
	VNET_DATA_VALID = 2, /* somebody has verified it */
};

enum {
	VNET_GSO_NONE = 0,
	VNET_GSO_TCPV4 = 1,
	VNET_GSO_UDP = 3, /* UFO: IP fragments; we never ask for it */
	VNET_GSO_TCPV6 = 4,
	VNET_GSO_UDP_L4 = 5, /* USO: datagrams of one size */
	VNET_GSO_ECN = 0x80, /* with TCP: CWR may be set */
};

struct vnet {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;  /* a hint, not more */
	uint16_t gso_size; /* payload of each segment; the last may have less */
	uint16_t csum_start;
	uint16_t csum_offset; /* of the checksum, from csum_start */
};

_Static_assert(sizeof(struct vnet) == 10, "the kernel's header");

#endif
