/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from other hosts, in buffers as UDP_GRO fills them, into the
 * merge: model.h tells whether the same comes out.
 *
 * Input: 1 byte of flags, 2 bytes of headers and 2 of size (the guess), then
 * steps. A step is a byte of what to do and what belongs to it: a new packet
 * of some shape, or the last one's successor, changed here and there, its
 * checksums put right or not. Chance alone would never find two packets that
 * follow one another.
 */
#include <stdio.h>

#include "../unit/model.h"
#include "../unit/super.h"
#include "fuzz.h"
#include "gro.h"
#include "run.h"

enum {
	NEW = 0,     /* 8 bytes of shape */
	NEXT = 1,    /* the successor */
	CHANGE = 2,  /* 2 bytes: where, and to what */
	FIX = 3,     /* checksums and length */
	EMIT = 4,    /* into the buffer */
	LAND = 5,    /* the buffer is full: give it to the merge */
	TRAIN = 6,   /* 1 byte: so many successors at once */
	SHORTEN = 7, /* 1 byte: so much is missing at the end */
	RAW = 8,     /* 1 byte of length, and bytes, as a packet */
	SWITCH = 9,  /* to the other one of two packets */
	N_STEPS = 10,
};

#define BUFFERS 3  /* in a batch */
#define SMALL 4000 /* of a packet here */

struct input {
	const uint8_t *p;
	size_t left;
};

struct fuzz {
	struct merge merge;
	struct model model;
	struct gro gro[BUFFERS];
	unsigned batch; /* how many of them are full */
	struct gro_guess guess;

	uint8_t packet[2][SMALL]; /* what the steps make */
	size_t len[2];
	size_t payload[2];
	unsigned now;

	uint8_t stream[GRO_ROOM]; /* what comes in one buffer */
	size_t used, stride;
};

static uint8_t
byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

static unsigned
word(struct input *in)
{
	unsigned high = byte(in);

	return high << 8 | byte(in);
}

/* ---- One buffer ---------------------------------------------------------- */

static void
give(struct fuzz *f, const struct segment *s)
{
	if (f->model.in.n == MODEL_PACKETS)
		return;
	if (!merge_add(&f->merge, s))
		abort();
	model_in(&f->model, s);
}

/* The merge borrows the buffers until they are all full. */
static void
step_land(struct fuzz *f, struct input *in)
{
	struct iovec iov[GRO_IOV];
	struct gro *g = &f->gro[f->batch];
	struct segment s;
	size_t n;

	(void)in;
	if (f->used == 0)
		return;
	n = gro_aim(g, &f->guess, iov);
	if (n > GRO_IOV || super_scatter(iov, n, f->stream, f->used) != f->used)
		abort();
	gro_land(g, f->used, f->used > f->stride ? f->stride : 0);
	for (size_t i = 0; i < gro_count(g); i++)
		if (gro_get(g, i, &s) == 0 && packet_age(&s.pkt))
			give(f, &s);
	gro_learn(&f->guess, g);
	if (++f->batch == BUFFERS) {
		model_flush(&f->model, &f->merge);
		f->batch = 0;
	}
	f->used = 0;
	f->stride = 0;
}

/* As UDP_GRO: of one size, and a shorter one is the last. */
static void
step_emit(struct fuzz *f, struct input *in)
{
	size_t len = f->len[f->now];

	if (len == 0)
		return;
	if (f->used > 0 && (f->used % f->stride != 0 || len > f->stride ||
			       f->used + len > RUN_BYTES))
		step_land(f, in);
	if (f->used == 0)
		f->stride = len;
	memcpy(f->stream + f->used, f->packet[f->now], len);
	f->used += len;
}

/* ---- One packet ---------------------------------------------------------- */

static void
step_new(struct fuzz *f, struct input *in)
{
	struct super s = { .src = 0x0a010203, .dst = 0x0a010304, .ttl = 64 };
	uint8_t shape = byte(in);

	s.proto = shape & 1 ? IP_PROTO_UDP : IP_PROTO_TCP;
	s.fragment = shape & 2 ? IP_DF : 0;
	s.ip_options = shape & 4 ? 8 : 0;
	s.tcp_options = (shape >> 4 & 15) % 11 * 4;
	s.sport = byte(in);
	s.id = (uint16_t)word(in);
	s.seq = byte(in) * 0x01010101u;
	s.flags = byte(in);
	s.payload = word(in) % 3000;
	f->payload[f->now] = s.payload;
	f->len[f->now] = super_make(f->packet[f->now], &s);
}

static void
step_next(struct fuzz *f, struct input *in)
{
	uint8_t *ip = f->packet[f->now];
	size_t at = wire_ip_header(ip);

	(void)in;
	if (f->len[f->now] < at + TCP_HEADER)
		return;
	wire_put16(ip + IP_ID, wire_get16(ip + IP_ID) + 1);
	if (ip[IP_PROTO] == IP_PROTO_TCP)
		wire_put32(ip + at + TCP_SEQ, wire_get32(ip + at + TCP_SEQ) +
						  (uint32_t)f->payload[f->now]);
	if (at >= IP_HEADER)
		super_fix(ip, f->len[f->now]);
}

static void
step_change(struct fuzz *f, struct input *in)
{
	unsigned at = byte(in);
	uint8_t to = byte(in);

	if (at < f->len[f->now])
		f->packet[f->now][at] = to;
}

static void
step_fix(struct fuzz *f, struct input *in)
{
	uint8_t *ip = f->packet[f->now];
	size_t len = f->len[f->now], header = wire_ip_header(ip);

	(void)in;
	if (len >= IP_HEADER && header >= IP_HEADER && header <= len)
		super_fix(ip, len);
}

static void
step_train(struct fuzz *f, struct input *in)
{
	for (unsigned n = byte(in) % 70; n > 0; n--) {
		step_emit(f, in);
		step_next(f, in);
	}
}

static void
step_shorten(struct fuzz *f, struct input *in)
{
	size_t less = byte(in);

	if (less < f->len[f->now])
		f->len[f->now] -= less;
}

static void
step_raw(struct fuzz *f, struct input *in)
{
	f->len[f->now] = byte(in);
	f->payload[f->now] = 0;
	for (size_t i = 0; i < f->len[f->now]; i++)
		f->packet[f->now][i] = byte(in);
}

static void
step_switch(struct fuzz *f, struct input *in)
{
	(void)in;
	f->now ^= 1;
}

static void
start(struct fuzz *f, struct input *in)
{
	const struct sum_way *way = sum_best();
	unsigned flags = byte(in), head = word(in), size = word(in);

	for (size_t i = 0; (flags & 4) && sum_way(i) != NULL; i++)
		way = sum_way(i);
	merge_init(&f->merge, way, flags & (MERGE_TCP | MERGE_UDP));
	for (size_t i = 0; i < BUFFERS; i++) {
		f->gro[i].buf = malloc(GRO_ROOM);
		f->gro[i].heads = malloc(GRO_SLOTS * GRO_SLOT);
		if (f->gro[i].buf == NULL || f->gro[i].heads == NULL)
			abort();
	}
	if (head >= 28 && head <= WIRE_HEADERS_MAX && size > 0 &&
	    size < 60000 && head + size >= GRO_SMALLEST)
		f->guess = (struct gro_guess){ head, size };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const steps[N_STEPS])(struct fuzz *, struct input *) = {
		[NEW] = step_new,
		[NEXT] = step_next,
		[CHANGE] = step_change,
		[FIX] = step_fix,
		[EMIT] = step_emit,
		[LAND] = step_land,
		[TRAIN] = step_train,
		[SHORTEN] = step_shorten,
		[RAW] = step_raw,
		[SWITCH] = step_switch,
	};
	struct input in = { data, size };
	struct fuzz *f = calloc(1, sizeof(*f));
	const char *fault;

	if (f == NULL)
		abort();
	start(f, &in);
	while (in.left > 0 && f->model.in.n < MODEL_PACKETS / 2)
		steps[byte(&in) % N_STEPS](f, &in);
	step_land(f, &in);
	model_flush(&f->model, &f->merge);
	fault = model_fault(&f->model);
	if (fault != NULL) {
		fprintf(stderr, "%s\n", fault);
		abort();
	}
	model_fini(&f->model);
	for (size_t i = 0; i < BUFFERS; i++) {
		free(f->gro[i].buf);
		free(f->gro[i].heads);
	}
	free(f);
	return 0;
}
