/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any datagram, through all that the data path does to it: whatever comes
 * in, what goes out is well formed, and no byte beyond the datagram is read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "packet.h"

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Whatever was parsed lies in the datagram. */
static void
check_bounds(const struct packet *pkt, const uint8_t *data, size_t size)
{
	must(pkt->data == data);
	must(pkt->header >= 20 && pkt->header <= 60);
	must(pkt->len >= pkt->header && pkt->len <= size);
}

static void
check_icmp(const struct packet *about, enum packet_error error)
{
	uint8_t *out = malloc(PACKET_ICMP_MAX);
	struct packet icmp;
	size_t len;

	must(out != NULL);
	len = packet_icmp(out, about, error, 0x0a010500, 1472);
	must(len == 0 || len >= 20 + 8 + 20);
	must(len <= PACKET_ICMP_MAX);
	if (len > 0) {
		must(packet_parse(&icmp, out, len) == 0);
		must(icmp.len == len);
		must(packet_checksum(out, 20) == 0);
		must(packet_checksum(out + 20, len - 20) == 0);
		must(packet_dst(&icmp) == packet_src(about));
		must(!packet_to_many(&icmp) && !packet_to_many(about));

		/* Never an error about an error. */
		must(packet_icmp(out, &icmp, error, 0x0a010600, 0) == 0);
	}
	free(out);
}

/* A right sum stays right, and no other byte changes. */
static void
check_ageing(struct packet *pkt)
{
	unsigned ttl = pkt->data[8];
	unsigned sum = get16(pkt->data + 10);
	int right =
	    sum != 0xffff && packet_checksum(pkt->data, pkt->header) == 0;
	uint8_t *before = malloc(pkt->len);

	must(before != NULL);
	memcpy(before, pkt->data, pkt->len);
	must(packet_age(pkt) == (ttl > 1));
	if (ttl > 1)
		must(pkt->data[8] == ttl - 1);
	if (right)
		must(packet_checksum(pkt->data, pkt->header) == 0);
	before[8] = pkt->data[8];
	memcpy(before + 10, pkt->data + 10, 2);
	must(memcmp(before, pkt->data, pkt->len) == 0);
	free(before);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size); /* exact: a sanitizer sees its end */
	struct packet pkt;

	if (size > 0)
		memcpy(copy, data, size);
	if (packet_parse(&pkt, copy, size) == 0) {
		check_bounds(&pkt, copy, size);
		check_icmp(&pkt, PACKET_NET_UNREACHABLE);
		check_icmp(&pkt, PACKET_FRAG_NEEDED);
		check_icmp(&pkt, PACKET_TIME_EXCEEDED);
		check_ageing(&pkt);
	}
	free(copy);
	return 0;
}
