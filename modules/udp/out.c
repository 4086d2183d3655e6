/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way out of the fast lane
 *
 * The kernel hands over super-packets: TCP of up to 64 KiB under one header.
 * Each is read to where the last one ended, in a layout that has room for the
 * headers that are missing (cut.h). It is led to a host (judge.c) as if it
 * were one packet, and then spread: headers are written into the room, and
 * the packets lie back to back as they are to be on the wire, a run.
 *
 * Runs to the same host that follow one another are joined, for one send
 * takes 44 packets of 1448 bytes and a super-packet is 46. What is sent is
 * slices of them (slices.h). Small packets are joined just the same. When the
 * buffer is full, what is less than a slice is carried over to its beginning;
 * when there is nothing more to read, it goes too: nothing waits here for what
 * may come.
 *
 * What is too long for its way but may be fragmented, and what will not fit
 * into the buffer once it is spread, goes one packet at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "cut.h"
#include "fast.h"
#include "slices.h"

/* Three of the longest: more would not stay in the processor's cache. */
#define ROOM (4 * CUT_SPAN)

struct out {
	struct lane *lane;
	struct cut cut; /* the packet at hand */
	struct slices slices;
	struct run run; /* what is joined so far */
	struct hop hop; /* and where it goes */
	size_t at;	/* where in buf there is room */
	uint8_t *buf;	/* ROOM bytes */
};

/* ---- Runs and slices --------------------------------------------------- */

/* How many packets of the run at hand go in one slice. */
static unsigned
most(const struct out *o)
{
	return o->hop.segment ? run_most(o->run.size) : 1;
}

static void
slice(struct out *o)
{
	struct run taken = run_take(&o->run, most(o));

	slices_add(&o->slices, &taken, &o->hop);
	if (o->slices.n == SLICES_MAX || taken.count > 1)
		slices_send(&o->slices);
}

/* Nothing may be joined to the run any more. */
static void
seal(struct out *o)
{
	while (o->run.count > 0)
		slice(o);
}

static void
flush(struct out *o)
{
	seal(o);
	slices_send(&o->slices);
	o->at = 0;
}

static bool
goes_along(const struct out *o, const struct hop *hop)
{
	return o->hop.host == hop->host && o->hop.segment == hop->segment &&
	       o->hop.meter == hop->meter;
}

/*
 * To move half a slice costs a tenth of what it costs to send one of its own,
 * all the way to the receiver.
 */
static void
carry_over(struct out *o)
{
	slices_send(&o->slices);
	o->at = run_bytes(&o->run);
	memmove(o->buf, o->run.data, o->at);
	o->run.data = o->buf;
}

static void
push(struct out *o, const struct run *run, const struct hop *hop)
{
	o->at += run_bytes(run);
	if (!goes_along(o, hop) || !run_join(&o->run, run)) {
		seal(o);
		o->run = *run;
		o->hop = *hop;
	}
	while (o->run.count >= most(o))
		slice(o);
	if (o->at + CUT_SPAN > ROOM)
		carry_over(o);
}

/* ---- A packet ---------------------------------------------------------- */

/* Behind what is waiting, so that all stay in order. */
static void
send_singly(struct out *o, const struct hop *hop)
{
	uint8_t one[PACKET_MAX];
	struct packet pkt;
	size_t len;

	seal(o);
	slices_send(&o->slices);
	for (unsigned i = 0; i < o->cut.count; i++) {
		len = cut_copy(&o->cut, i, one);
		if (packet_parse(&pkt, one, len) == 0)
			lane_sends(o->lane, &pkt, hop);
	}
}

static void
send_packet(struct out *o)
{
	size_t longest = cut_longest(&o->cut);
	struct packet pkt;
	struct hop hop;
	struct run run;

	if (!lane_leads(o->lane, &o->cut.pkt, longest, &hop))
		return;
	if (o->cut.count > 1)
		lane_count(o->lane, TX_SUPER, 1);
	if (o->cut.count > 1 && longest > hop.mtu) {
		send_singly(o, &hop);
		return;
	}
	if (cut_spread(&o->cut, &run) < 0) {
		send_singly(o, &hop);
		return;
	}
	if (longest <= hop.mtu) {
		push(o, &run, &hop);
		return;
	}
	flush(o);
	if (packet_parse(&pkt, run.data, run.last) == 0)
		lane_sends(o->lane, &pkt, &hop);
}

/* False: there is nothing more to read. */
static bool
read_packet(struct out *o)
{
	struct lane *l = o->lane;
	struct iovec iov[CUT_IOV];
	size_t n = cut_aim(&o->cut, o->buf + o->at, ROOM - o->at, iov);
	ssize_t got = readv(l->cfg.tun, iov, (int)n);
	int rc;

	if (got < 0) {
		lane_tun_failed(l, errno);
		return false;
	}
	lane_control(l);
	rc = cut_take(&o->cut, (size_t)got);
	if (rc == 0)
		send_packet(o);
	else
		lane_rejects_out(l, rc);
	return !l->dead;
}

void
out_turn(struct out *o)
{
	int left = LANE_BUDGET;

	while (left-- > 0 && read_packet(o))
		;
	flush(o);
}

/* ---- Its life --------------------------------------------------------- */

int
out_open(struct out **out, struct lane *l, const struct sum_way *sum)
{
	struct out *o = calloc(1, sizeof(*o));

	*out = o;
	if (o == NULL)
		return -ENOMEM;
	o->lane = l;
	o->cut.sum = sum;
	slices_init(&o->slices, l);
	o->buf = malloc(ROOM);
	return o->buf == NULL ? -ENOMEM : 0;
}

void
out_close(struct out *o)
{
	if (o == NULL)
		return;
	free(o->buf);
	free(o);
}
