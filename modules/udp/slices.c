/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>

#include "slices.h"

/* linux/udp.h of 4.18 */
#define UDP_LEVEL 17
#define UDP_OPTION_SEGMENT 103

void
slices_init(struct slices *s, struct lane *l)
{
	s->lane = l;
	s->n = 0;
	for (size_t i = 0; i < SLICES_MAX; i++) {
		struct slice *one = &s->all[i];

		one->to.sin_family = AF_INET;
		one->to.sin_port = htons(l->cfg.place.port);
		s->msgs[i].msg_hdr = (struct msghdr){ .msg_name = &one->to,
			.msg_namelen = sizeof(one->to),
			.msg_iov = &one->iov,
			.msg_iovlen = 1 };
	}
}

/* The size of each datagram but the last. */
static void
put_size(struct msghdr *msg, struct slice *one)
{
	uint16_t size = (uint16_t)one->run.size;
	struct cmsghdr *c;

	msg->msg_control = one->control;
	msg->msg_controllen = sizeof(one->control);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = UDP_LEVEL;
	c->cmsg_type = UDP_OPTION_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
}

void
slices_add(struct slices *s, const struct run *run, const struct hop *hop)
{
	struct slice *one = &s->all[s->n];
	struct msghdr *msg = &s->msgs[s->n++].msg_hdr;

	one->run = *run;
	one->hop = *hop;
	one->to.sin_addr.s_addr = htonl(hop->host);
	one->iov = (struct iovec){ run->data, run_bytes(run) };
	msg->msg_control = NULL;
	msg->msg_controllen = 0;
	if (run->count > 1)
		put_size(msg, one);
}

/* ---- When it has failed ----------------------------------------------- */

static void
drop(struct slices *s, const struct slice *one, enum counter why)
{
	struct packet pkt;

	if (packet_parse(&pkt, one->run.data, run_bytes(&one->run)) == 0)
		lane_drop(s->lane, why, one->run.count, &pkt);
}

/* Is it the form of the slice that the kernel does not like? */
static bool
is_form(int err)
{
	return err == EIO || err == EINVAL || err == EMSGSIZE;
}

/* True: all packets went, or only the queue was full. */
static bool
send_singly(struct slices *s, const struct slice *one)
{
	uint64_t errors = s->lane->counters.n[TX_ERRORS];
	struct run run = one->run;
	struct packet pkt;

	while (run.count > 0) {
		struct run single = run_take(&run, 1);

		if (packet_parse(&pkt, single.data, single.last) == 0)
			lane_sends(s->lane, &pkt, &one->hop);
	}
	return s->lane->counters.n[TX_ERRORS] == errors;
}

static void
recover(struct slices *s, const struct slice *one, int err)
{
	if (lane_is_full(err)) {
		drop(s, one, TX_DROPPED);
		return;
	}
	if (one->run.count == 1 || !is_form(err)) {
		drop(s, one, TX_ERRORS);
		return;
	}
	if (send_singly(s, one))
		lane_unsegment(s->lane, one->hop.host);
}

/* ---- Sending ---------------------------------------------------------- */

static void
count(struct slices *s, unsigned from, unsigned n)
{
	uint64_t packets = 0, bytes = 0, segments = 0;

	for (unsigned i = from; i < from + n; i++) {
		const struct run *run = &s->all[i].run;

		packets += run->count;
		bytes += run_bytes(run);
		segments += run->count > 1 ? run->count : 0;
		meter_sent(s->all[i].hop.meter, run->count, run_bytes(run));
	}
	lane_count(s->lane, TX_PACKETS, packets);
	lane_count(s->lane, TX_BYTES, bytes);
	lane_count(s->lane, TX_SEGMENTS, segments);
}

/* As in lane_to_host: the first error may be another datagram's. */
void
slices_send(struct slices *s)
{
	unsigned done = 0, attempts = 0;
	int n, err;

	while (done < s->n) {
		n = sendmmsg(s->lane->cfg.udp, s->msgs + done, s->n - done, 0);
		err = errno;
		if (n > 0) {
			count(s, done, (unsigned)n);
			done += (unsigned)n;
			attempts = 0;
			continue;
		}
		if (!lane_is_full(err))
			lane_hears(s->lane);
		if (!lane_is_full(err) && attempts++ == 0)
			continue;
		recover(s, &s->all[done++], err);
		attempts = 0;
	}
	s->n = 0;
}
