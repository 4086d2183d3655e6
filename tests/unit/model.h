/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - is what merge wrote what it was given? The packets that went in
 * are kept; what comes out is cut by super_cut(). Of each flow the same bytes
 * must come out in the same order. Used by test_merge.c and fuzz_merge.c.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "merge.h"
#include "super.h"

#define MODEL_PACKETS 512

struct model_packet {
	uint8_t *data;
	size_t len;
	bool fixed_id; /* counted up, where it had stayed the same */
	bool seen;
};

struct model_list {
	size_t n;
	struct model_packet p[MODEL_PACKETS];
};

struct model {
	struct model_list in, out;
	size_t writes;
	size_t merged; /* packets that are not alone in their write */
	const char *fault;
};

static inline void
model_keep(struct model_list *l, const uint8_t *data, size_t len)
{
	struct model_packet *p = &l->p[l->n++];

	if (l->n > MODEL_PACKETS || len == 0)
		abort();
	*p = (struct model_packet){ .data = malloc(len), .len = len };
	if (p->data == NULL)
		abort();
	memcpy(p->data, data, len);
}

static inline void
model_forget(struct model_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->p[i].data);
	l->n = 0;
}

static inline void
model_fini(struct model *m)
{
	model_forget(&m->in);
	model_forget(&m->out);
}

/* A packet is to be added, as it is when merge gets it. */
static inline void
model_in(struct model *m, const struct segment *s)
{
	uint8_t *data = malloc(s->pkt.len);

	if (data == NULL)
		abort();
	memcpy(data, s->pkt.data, s->head);
	if (s->pkt.len > s->head)
		memcpy(data + s->head, s->body, s->pkt.len - s->head);
	model_keep(&m->in, data, s->pkt.len);
	free(data);
}

/* ---- What comes out ------------------------------------------------------ */

static inline void
model_expect(struct model *m, bool ok, const char *what)
{
	if (!ok && m->fault == NULL)
		m->fault = what;
}

/* The headers of a super-packet, as the kernel wants them. */
static inline bool
model_super_is_sound(const struct vnet *v, uint8_t *ip, size_t len)
{
	bool tcp = ip[IP_PROTO] == IP_PROTO_TCP;
	size_t headers = 20 + (tcp ? wire_tcp_header(ip + 20) : UDP_HEADER);

	return v->flags == VNET_NEEDS_CSUM && v->csum_start == 20 &&
	       v->csum_offset == (tcp ? TCP_CHECK : UDP_CHECK) &&
	       v->gso_type == (tcp ? VNET_GSO_TCPV4 : VNET_GSO_UDP_L4) &&
	       v->hdr_len == headers && headers < len && v->gso_size > 0 &&
	       v->gso_size < len - headers && ip[0] == 0x45 &&
	       wire_get16(ip + IP_LEN) == len &&
	       super_sum(ip, 20, 0) == 0xffff &&
	       wire_get16(super_check(ip, len)) == super_pseudo(ip, len - 20) &&
	       (tcp || wire_get16(ip + 20 + UDP_LEN) == len - 20);
}

static inline void
model_out(struct model *m, const struct vnet *v, uint8_t *ip, size_t len)
{
	uint8_t *packet = malloc(PACKET_MAX + 1);
	size_t n = 0, got;

	if (packet == NULL)
		abort();
	m->writes++;
	if (v->gso_type == VNET_GSO_NONE) {
		model_expect(m, v->flags == 0 && v->gso_size == 0,
		    "a single packet with a virtio header");
		model_keep(&m->out, ip, len);
	} else if (model_super_is_sound(v, ip, len)) {
		for (; (got = super_cut(ip, len, v->gso_size, n, packet)) > 0;
		     n++)
			model_keep(&m->out, packet, got);
		m->merged += n;
	} else {
		m->fault = "an unsound super-packet";
	}
	free(packet);
}

/* Finishes, and takes what would be written. */
static inline void
model_flush(struct model *m, struct merge *merge)
{
	uint8_t *data = malloc(sizeof(struct vnet) + PACKET_MAX + 1);
	struct iovec iov[MERGE_IOV];
	struct vnet v;
	size_t n, len;

	if (data == NULL)
		abort();
	merge_finish(merge);
	for (size_t i = 0; i < merge->n_writes; i++) {
		n = merge_iov(merge, i, iov);
		model_expect(m, n <= MERGE_IOV, "too many iovecs");
		len = 0;
		for (size_t k = 0; k < n; k++)
			len += iov[k].iov_len;
		model_expect(m, len <= sizeof(v) + PACKET_MAX, "too long");
		if (m->fault != NULL)
			break;
		super_gather(iov, n, data);
		memcpy(&v, data, sizeof(v));
		model_out(m, &v, data + sizeof(v), len - sizeof(v));
	}
	merge_reset(merge);
	free(data);
}

/* ---- The same? ----------------------------------------------------------- */

static inline bool
model_has_ports(const struct model_packet *p)
{
	uint8_t proto = p->data[IP_PROTO];

	return (wire_get16(p->data + IP_FRAGMENT) & IP_IS_FRAGMENT) == 0 &&
	       (proto == IP_PROTO_TCP || proto == IP_PROTO_UDP) &&
	       p->len >= wire_ip_header(p->data) + 4;
}

static inline bool
model_same_hosts(const struct model_packet *a, const struct model_packet *b)
{
	return memcmp(a->data + IP_SRC, b->data + IP_SRC, 8) == 0 &&
	       a->data[IP_PROTO] == b->data[IP_PROTO];
}

static inline bool
model_same_flow(const struct model_packet *a, const struct model_packet *b)
{
	if (!model_same_hosts(a, b) || model_has_ports(a) != model_has_ports(b))
		return false;
	return !model_has_ports(a) ||
	       memcmp(a->data + wire_ip_header(a->data),
		   b->data + wire_ip_header(b->data), 4) == 0;
}

/* There are two zeros: a checksum made anew may be the other one. */
static inline void
model_normal(uint8_t *p, size_t len, bool forget_id)
{
	uint8_t *check = super_check(p, len);

	if (wire_get16(p + IP_CHECK) == 0xffff || forget_id)
		wire_put16(p + IP_CHECK, 0);
	if (forget_id)
		wire_put16(p + IP_ID, 0);
	if (check != NULL && p[IP_PROTO] == IP_PROTO_TCP &&
	    wire_get16(check) == 0xffff)
		wire_put16(check, 0);
}

/* Without fragments the identification means nothing (RFC 6864). */
static inline bool
model_same_packet(const struct model_packet *a, const struct model_packet *b)
{
	bool df = (wire_get16(a->data + IP_FRAGMENT) & IP_DF) != 0;

	if (a->len != b->len)
		return false;
	if (memcmp(a->data, b->data, a->len) == 0)
		return true;
	model_normal(a->data, a->len, df);
	model_normal(b->data, b->len, df);
	return memcmp(a->data, b->data, a->len) == 0;
}

static inline size_t
model_before(const struct model_list *l, const struct model_packet *p)
{
	size_t n = 0;

	for (const struct model_packet *q = l->p; q < p; q++)
		n += model_same_hosts(q, p);
	return n;
}

static inline void
model_match(struct model *m, const struct model_packet *out)
{
	for (struct model_packet *in = m->in.p; in < m->in.p + m->in.n; in++) {
		if (in->seen || !model_same_flow(in, out))
			continue;
		in->seen = true;
		if (!model_has_ports(in))
			model_expect(m,
			    model_before(&m->in, in) ==
				model_before(&m->out, out),
			    "a fragment has changed its place");
		model_expect(
		    m, model_same_packet(in, out), "another packet, or place");
		return;
	}
	model_expect(m, false, "a packet that was never there");
}

/* NULL, or what is wrong. */
static inline const char *
model_fault(struct model *m)
{
	model_expect(m, m->in.n == m->out.n, "packets lost or gained");
	for (size_t i = 0; i < m->out.n && m->fault == NULL; i++)
		model_match(m, &m->out.p[i]);
	return m->fault;
}

#endif
