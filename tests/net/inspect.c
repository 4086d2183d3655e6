/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the outside in: the outer header, UDP, the inner header, what is in
 * it. Where one layer is broken, those inside of it are not looked at.
 */
#include "inspect.h"

/* Where things are in IPv4 (RFC 791). */
enum {
	AT_LEN = 2,
	AT_FRAGMENT = 6,
	AT_TTL = 8,
	AT_PROTO = 9,
	AT_SRC = 12,
	HEADER = 20,
};

#define DONT_FRAGMENT 0x4000
#define PART_OF_MORE 0x3fff /* the flag and the offset */
#define OFFSET 0x1fff

/* So many flawed packets are printed, per direction. */
#define SHOWN 4

static const char *const flaw_names[N_FLAWS] = {
	[TOO_LONG] = "too-long",
	[OUTER_HEADER] = "outer-header",
	[OUTER_FRAGMENT] = "outer-fragment",
	[OUTER_PORT] = "outer-port",
	[OUTER_LENGTH] = "outer-length",
	[OUTER_SUM] = "outer-sum",
	[OUTER_DF] = "outer-df",
	[NOT_ONE_PACKET] = "not-one-packet",
	[INNER_HEADER] = "inner-header",
	[INNER_TTL] = "inner-ttl",
	[INNER_TCP] = "inner-tcp",
	[INNER_UDP] = "inner-udp",
	[INNER_ICMP] = "inner-icmp",
};

static const char *const inner_names[N_INNER] = {
	[TCP] = "tcp",
	[UDP] = "udp",
	[ICMP] = "icmp",
	[FRAGMENT] = "fragment",
	[OTHER] = "other",
};

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static size_t
header_size(const uint8_t *ip)
{
	return (ip[0] & 15u) * 4;
}

uint32_t
inspect_sum(uint32_t start, const uint8_t *data, size_t size)
{
	uint64_t sum = start;

	for (; size > 1; data += 2, size -= 2)
		sum += get16(data);
	if (size > 0)
		sum += (uint64_t)data[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

/* With its checksum in it, whatever is right sums up to this. */
static int
is_right(uint32_t sum)
{
	return sum == 0xffff;
}

/* TCP's and UDP's checksums are over this as well. */
static uint32_t
pseudo_header(const uint8_t *ip, size_t size)
{
	return inspect_sum(ip[AT_PROTO] + (uint32_t)size, ip + AT_SRC, 8);
}

static void
note(struct inspect *in, enum flaw flaw, const uint8_t *packet, size_t size)
{
	in->flaws[flaw]++;
	if (in->shown++ >= SHOWN)
		return;
	printf("%s, %zu bytes:", flaw_names[flaw], size);
	for (size_t i = 0; i < size && i < 88; i++)
		printf("%s%02x", i % 4 == 0 ? " " : "", packet[i]);
	putchar('\n');
}

/* An IPv4 header that can be read on from. */
static int
is_ipv4(const uint8_t *ip, size_t size)
{
	return size >= HEADER && ip[0] >> 4 == 4 && header_size(ip) >= HEADER &&
	       header_size(ip) <= size;
}

int
inspect_is_ours(const uint8_t *ip, size_t size)
{
	if (!is_ipv4(ip, size) || ip[AT_PROTO] != 17)
		return 0;
	if (get16(ip + AT_FRAGMENT) & OFFSET)
		return 1; /* nobody else here sends any */
	return size >= header_size(ip) + 8 &&
	       get16(ip + header_size(ip) + 2) == PORT;
}

/* ---- What is in the inner packet -------------------------------------- */

static int
tcp_is_right(const uint8_t *ip, const uint8_t *tcp, size_t size)
{
	return size >= 20 && (tcp[12] >> 4) * 4u >= 20 &&
	       (tcp[12] >> 4) * 4u <= size &&
	       is_right(inspect_sum(pseudo_header(ip, size), tcp, size));
}

static int
udp_is_right(const uint8_t *ip, const uint8_t *udp, size_t size)
{
	if (size < 8 || get16(udp + 4) != size)
		return 0;
	return get16(udp + 6) == 0 || /* a sender may leave it out */
	       is_right(inspect_sum(pseudo_header(ip, size), udp, size));
}

static int
icmp_is_right(const uint8_t *ip, const uint8_t *icmp, size_t size)
{
	(void)ip;
	return size >= 8 && is_right(inspect_sum(0, icmp, size));
}

static const struct kind {
	uint8_t protocol;
	enum inner inner;
	enum flaw flaw;
	int (*is_right)(const uint8_t *ip, const uint8_t *data, size_t size);
} kinds[] = {
	{ 6, TCP, INNER_TCP, tcp_is_right },
	{ 17, UDP, INNER_UDP, udp_is_right },
	{ 1, ICMP, INNER_ICMP, icmp_is_right },
};

static void
inspect_content(struct inspect *in, const uint8_t *ip, size_t size)
{
	const size_t header = header_size(ip);

	if (get16(ip + AT_FRAGMENT) & PART_OF_MORE) {
		in->inner[FRAGMENT]++;
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *k = &kinds[i];

		if (ip[AT_PROTO] != k->protocol)
			continue;
		in->inner[k->inner]++;
		if (!k->is_right(ip, ip + header, size - header))
			note(in, k->flaw, ip, size);
		return;
	}
	in->inner[OTHER]++;
}

static void
inspect_inner(struct inspect *in, const uint8_t *ip, size_t size)
{
	in->bytes += size;
	if (!is_ipv4(ip, size) || get16(ip + AT_LEN) != size) {
		note(in, NOT_ONE_PACKET, ip, size);
		return;
	}
	if (!is_right(inspect_sum(0, ip, header_size(ip))))
		note(in, INNER_HEADER, ip, size);
	if (in->ttl != 0 && ip[AT_TTL] != in->ttl)
		note(in, INNER_TTL, ip, size);
	inspect_content(in, ip, size);
}

/* ---- What it travels in ----------------------------------------------- */

static void
inspect_df(struct inspect *in, const uint8_t *ip, size_t size)
{
	const int df = get16(ip + AT_FRAGMENT) & DONT_FRAGMENT ? 2 : 1;

	if (in->df == 0)
		in->df = df;
	if (df != in->df)
		note(in, OUTER_DF, ip, size);
}

void
inspect_packet(struct inspect *in, const uint8_t *ip, size_t size)
{
	const size_t header = header_size(ip), total = get16(ip + AT_LEN);
	const uint8_t *udp = ip + header;

	in->datagrams++;
	if (size > in->mtu)
		note(in, TOO_LONG, ip, size);
	inspect_df(in, ip, size);
	if (total > size || total < header + 8 ||
	    !is_right(inspect_sum(0, ip, header))) {
		note(in, OUTER_HEADER, ip, size);
		return;
	}
	if (get16(ip + AT_FRAGMENT) & PART_OF_MORE) {
		note(in, OUTER_FRAGMENT, ip, size);
		return;
	}
	if (get16(udp) != PORT)
		note(in, OUTER_PORT, ip, size);
	size = total - header; /* Ethernet fills up to 60 bytes */
	if (get16(udp + 4) != size) {
		note(in, OUTER_LENGTH, ip, total);
		return;
	}
	if (get16(udp + 6) == 0 || !udp_is_right(ip, udp, size))
		note(in, OUTER_SUM, ip, total);
	inspect_inner(in, udp + 8, size - 8);
}

/* ---- What came of it -------------------------------------------------- */

uint64_t
inspect_flaws(const struct inspect *in)
{
	uint64_t sum = 0;

	for (int i = 0; i < N_FLAWS; i++)
		sum += in->flaws[i];
	return sum;
}

void
inspect_print(const struct inspect *in, const char *direction, FILE *out)
{
	static const char *const df[] = { "unknown", "clear", "set" };

	fprintf(out, "%s datagrams %llu\n", direction,
	    (unsigned long long)in->datagrams);
	fprintf(
	    out, "%s bytes %llu\n", direction, (unsigned long long)in->bytes);
	fprintf(out, "%s df %s\n", direction, df[in->df]);
	for (int i = 0; i < N_INNER; i++)
		fprintf(out, "%s %s %llu\n", direction, inner_names[i],
		    (unsigned long long)in->inner[i]);
	for (int i = 0; i < N_FLAWS; i++)
		if (in->flaws[i] > 0)
			fprintf(out, "%s flaw %s %llu\n", direction,
			    flaw_names[i], (unsigned long long)in->flaws[i]);
}
