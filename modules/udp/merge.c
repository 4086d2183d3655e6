/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "look.h"
#include "merge.h"
#include "wire.h"

/* ---- Pieces -------------------------------------------------------------- */

static uint32_t
new_piece(struct merge *m, uint8_t *data, size_t len)
{
	m->pieces[m->n_pieces] =
	    (struct merge_piece){ .data = data, .len = (uint32_t)len };
	return m->n_pieces++;
}

/* Behind the others: what lies behind the last in memory is a part of it. */
static void
add_piece(struct merge *m, struct merge_write *w, uint8_t *data, size_t len)
{
	struct merge_piece *last = &m->pieces[w->last];

	if (len == 0)
		return;
	if (last->data + last->len == data) {
		last->len += (uint32_t)len;
		return;
	}
	w->last = last->next = new_piece(m, data, len);
}

/* ---- Flows --------------------------------------------------------------- */

static struct merge_flow *
find(struct merge *m, const struct look *l)
{
	for (uint32_t i = 0; i < m->n_flows; i++)
		if (memcmp(m->flows[i].key, l->key, sizeof(l->key)) == 0)
			return &m->flows[i];
	return NULL;
}

static void
close_flow(struct merge *m, struct merge_flow *f)
{
	*f = m->flows[--m->n_flows];
}

/* All flows of the protocol between the two hosts. */
static void
close_hosts(struct merge *m, const struct look *l)
{
	struct merge_flow *f;

	for (uint32_t i = m->n_flows; i-- > 0;) {
		f = &m->flows[i];
		if (memcmp(f->key, l->key, 8) == 0 && f->key[12] == l->key[12])
			close_flow(m, f);
	}
}

static void
open_flow(struct merge *m, const struct look *l, uint32_t write)
{
	struct merge_flow *f = &m->flows[m->n_flows];

	if (m->n_flows < MERGE_FLOWS)
		m->n_flows++;
	else
		f = &m->flows[m->oldest++ % MERGE_FLOWS];
	memcpy(f->key, l->key, sizeof(f->key));
	f->write = write;
}

/* ---- add: into the open write, or into one of its own -------------------- */

/* Does the identification fit, and how do they count? */
static bool
id_follows(const struct merge_write *w, const struct look *l, uint8_t *step)
{
	unsigned first = wire_get16(w->ip + IP_ID);
	unsigned id = wire_get16(l->ip + IP_ID);
	bool may_stay = (wire_get16(l->ip + IP_FRAGMENT) & IP_DF) != 0;

	*step = id == first ? 0 : 1;
	if (*step == 0 && !may_stay)
		return false;
	if (w->count > 1 && *step != w->id_step)
		return false;
	return id == ((first + *step * w->count) & 0xffff);
}

static bool
follows(const struct merge_write *w, const struct look *l, uint8_t *step)
{
	return l->kind == w->kind && w->count < MERGE_PACKETS &&
	       l->payload <= w->size &&
	       w->headers + w->payload + l->payload <= PACKET_MAX &&
	       w->ip[IP_TOS] == l->ip[IP_TOS] &&
	       w->ip[IP_TTL] == l->ip[IP_TTL] &&
	       memcmp(w->ip + IP_FRAGMENT, l->ip + IP_FRAGMENT, 2) == 0 &&
	       id_follows(w, l, step) && l->kind->follows(w, l);
}

/*
 * A packet that stays alone need not be verified, so the first one is only
 * when a second has come: its headers are still as they came, and it is all
 * of the pieces.
 */
static bool
verify_first(struct merge *m, struct merge_write *w)
{
	struct merge_piece *p = &m->pieces[w->first];
	struct segment seg = { .pkt.data = w->ip,
		.pkt.len = w->headers + w->size,
		.head = p->len };

	if (w->verified)
		return true;
	if (w->last != w->first)
		seg.body = m->pieces[p->next].data;
	w->verified = look_is_right(&seg, m->sum);
	return w->verified;
}

static bool
join(struct merge *m, struct merge_write *w, const struct look *l)
{
	uint8_t step;

	if (!follows(w, l, &step) || !verify_first(m, w) ||
	    !look_is_right(l->seg, m->sum))
		return false;
	add_piece(m, w, l->ip + l->headers, l->seg->head - l->headers);
	add_piece(m, w, l->seg->body, l->seg->pkt.len - l->seg->head);
	w->count++;
	w->payload += (uint32_t)l->payload;
	w->id_step = step;
	w->flags = l->flags;
	return true;
}

static void
start(struct merge *m, const struct look *l)
{
	uint32_t i = m->n_writes++;
	struct merge_write *w = &m->writes[i];

	*w = (struct merge_write){ .ip = l->ip, .count = 1 };
	w->first = w->last = new_piece(m, l->ip, l->seg->head);
	add_piece(m, w, l->seg->body, l->seg->pkt.len - l->seg->head);
	if (l->kind == NULL)
		return;
	w->kind = l->kind;
	w->headers = (uint32_t)l->headers;
	w->size = (uint32_t)l->payload;
	w->payload = w->size;
	if (!look_ends(l))
		open_flow(m, l, i);
}

bool
merge_add(struct merge *m, const struct segment *seg)
{
	struct look l;
	struct merge_flow *f;
	struct merge_write *w;

	if (m->n_writes == MERGE_WRITES || m->n_pieces + 2 > MERGE_PIECES)
		return false;
	look_at(&l, seg, m->can);
	f = l.has_key ? find(m, &l) : NULL;
	w = f == NULL ? NULL : &m->writes[f->write];
	if (w != NULL && l.kind != NULL && join(m, w, &l)) {
		if (l.payload < w->size || look_ends(&l))
			close_flow(m, f);
		return true;
	}
	if (f != NULL)
		close_flow(m, f);
	else if (!l.has_key)
		close_hosts(m, &l);
	start(m, &l);
	return true;
}

/* ---- finish: the headers of super-packets -------------------------------- */

static void
finish(const struct merge *m, struct merge_write *w)
{
	uint8_t *ip = w->ip, *l4 = ip + IP_HEADER;
	unsigned len = w->headers + w->payload;

	wire_put16(ip + IP_LEN, len);
	wire_put16(ip + IP_CHECK, 0);
	wire_put16(ip + IP_CHECK, ~m->sum->bytes(ip, IP_HEADER));
	w->kind->put(w, l4);
	wire_put16(
	    l4 + w->kind->check, sum_fold(sum_pseudo(ip, len - IP_HEADER)));
	w->vnet = (struct vnet){ .flags = VNET_NEEDS_CSUM,
		.gso_type = w->kind->gso_type,
		.hdr_len = (uint16_t)w->headers,
		.gso_size = (uint16_t)w->size,
		.csum_start = IP_HEADER,
		.csum_offset = w->kind->check };
}

void
merge_finish(struct merge *m)
{
	m->n_flows = 0;
	for (uint32_t i = 0; i < m->n_writes; i++)
		if (m->writes[i].count > 1)
			finish(m, &m->writes[i]);
}

size_t
merge_iov(struct merge *m, size_t i, struct iovec iov[MERGE_IOV])
{
	struct merge_write *w = &m->writes[i];
	uint32_t at = w->first;
	struct merge_piece *p;
	size_t n = 0;

	iov[n++] = (struct iovec){ &w->vnet, sizeof(w->vnet) };
	for (;; at = p->next) {
		p = &m->pieces[at];
		iov[n++] = (struct iovec){ p->data, p->len };
		if (at == w->last)
			return n;
	}
}

/* ---- Its life ------------------------------------------------------------ */

void
merge_init(struct merge *m, const struct sum_way *sum, unsigned can)
{
	m->sum = sum;
	m->can = can;
	merge_reset(m);
}

void
merge_reset(struct merge *m)
{
	m->n_writes = 0;
	m->n_pieces = 0;
	m->n_flows = 0;
	m->oldest = 0;
}
