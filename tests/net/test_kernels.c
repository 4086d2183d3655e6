/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that lack one offload or another, and paths that refuse one: each is
 * found out by itself, the others stay, and every packet arrives.
 *
 * This kernel is made to be like that by the linker, which hands us the calls
 * that ask it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <event2/event.h>
#include <linux/if_tun.h>

#include "rig.h"

#define UDP_SEGMENT_OPTION 103
#define UDP_GRO_OPTION 104
#define USO_FEATURES 0x60 /* TUN_F_USO4 and 6, of 6.2 */
#define TRAIN 20
#define SIZE 1000

struct kernel {
	const char *name;
	const char *offloads; /* that are left; NULL: as many as there are */
	bool no_vnet;
	bool no_tso;
	bool no_uso;
	bool no_segment;
	bool no_gro;
	int refused; /* what sends with UDP_SEGMENT end with */
};

static const struct kernel kernels[] = {
	{ .name = "as it is" },
	{ .name = "before 6.2",
	    .offloads = "tso udp-segment udp-gro coalesce",
	    .no_uso = true },
	{ .name = "no TSO",
	    .offloads = "udp-segment udp-gro coalesce",
	    .no_tso = true,
	    .no_uso = true },
	{ .name = "no UDP_SEGMENT", .no_segment = true },
	{ .name = "no UDP_GRO", .no_gro = true },
	{ .name = "no virtio headers", .offloads = "none", .no_vnet = true },
	{ .name = "nothing at all",
	    .offloads = "none",
	    .no_vnet = true,
	    .no_tso = true,
	    .no_uso = true,
	    .no_segment = true,
	    .no_gro = true },
	{ .name = "a path that says EIO", .refused = EIO },
	{ .name = "a path that says EINVAL", .refused = EINVAL },
	{ .name = "a path that says EMSGSIZE", .refused = EMSGSIZE },
};

static const struct kernel *kernel = kernels;

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_setsockopt(
    int fd, int level, int name, const void *value, socklen_t len);
int __wrap_setsockopt(
    int fd, int level, int name, const void *value, socklen_t len);
int __real_sendmmsg(int fd, struct mmsghdr *msgs, unsigned n, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *msgs, unsigned n, int flags);

static int
refuse(int err)
{
	errno = err;
	return -1;
}

int
__wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned long unknown = 0;
	va_list ap;
	void *arg;
	int rc;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (kernel->no_tso)
		unknown |= TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	if (kernel->no_uso)
		unknown |= USO_FEATURES;
	if (request == TUNSETOFFLOAD && ((uintptr_t)arg & unknown))
		return refuse(EINVAL);
	rc = __real_ioctl(fd, request, arg);
	if (rc == 0 && request == TUNGETFEATURES && kernel->no_vnet)
		*(unsigned *)arg &= ~(unsigned)IFF_VNET_HDR;
	return rc;
}

int
__wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (level == IPPROTO_UDP &&
	    ((name == UDP_SEGMENT_OPTION && kernel->no_segment) ||
		(name == UDP_GRO_OPTION && kernel->no_gro)))
		return refuse(ENOPROTOOPT);
	return __real_setsockopt(fd, level, name, value, len);
}

/* Up to the first that is more than one datagram. */
int
__wrap_sendmmsg(int fd, struct mmsghdr *msgs, unsigned n, int flags)
{
	unsigned whole = 0;

	while (whole < n &&
	       (!kernel->refused || msgs[whole].msg_hdr.msg_controllen == 0))
		whole++;
	if (whole == 0)
		return refuse(kernel->refused);
	return __real_sendmmsg(fd, msgs, whole, flags);
}

/* ---- What arrives -------------------------------------------------------- */

static void
check_way_out(struct rig *r, int fd)
{
	static uint8_t data[TRAIN * SIZE];
	uint8_t p[2048];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i / SIZE + i % 251);
	send_train(fd, THEIRS, 4242, data, sizeof(data), SIZE);
	for (size_t i = 0; i < TRAIN; i++) {
		assert_int_equal(receive(r, r->peer, p, sizeof(p)), SIZE + 28);
		check_header(p, SIZE + 28, OURS, THEIRS, IPPROTO_UDP, 63);
		assert_memory_equal(p + 28, data + i * SIZE, SIZE);
	}
}

static void
check_way_in(struct rig *r, int fd)
{
	uint8_t p[TRAIN * HELLO_LEN];
	struct inbox in;

	for (size_t i = 0; i < TRAIN; i++)
		make_hello(p + i * HELLO_LEN, THEIRS, OURS, port_of(fd),
		    (uint8_t)(100 + i));
	send_train(r->peer, ME, PORT, p, sizeof(p), HELLO_LEN);
	for (size_t i = 0; i < TRAIN; i++)
		assert_int_equal(hello_heard(r, fd), 99 + i);
	assert_int_equal(inner_hears(fd, &in, 0), -1);
}

static bool
can_segment(const struct rig *r)
{
	return logged(r, "udp-segment");
}

static void
test_what_there_is_is_used(void **state)
{
	struct rig *r = *state;
	char want[128];
	int fd;

	for (size_t i = 0; i < COUNT(kernels); i++) {
		kernel = &kernels[i];
		print_message("# %s\n", kernel->name);
		r->log[0] = '\0';
		ops()->close(r->backend);
		assert_int_equal(ops()->open(&r->env, &r->backend), 0);
		assert_int_equal(rig_attach(r, place()), 0);
		ops()->peer_set(
		    r->backend, net("10.1.6.0", 24), net(PEER, 32).addr);
		snprintf(want, sizeof(want), "offloads: %s\n",
		    kernel->offloads ? kernel->offloads : "");
		if (kernel->offloads != NULL && !logged(r, want))
			fail_msg("not %s: %s", want, r->log);
		assert_false(kernel->no_segment && can_segment(r));
		assert_false(kernel->no_gro && logged(r, "udp-gro"));
		fd = inner_socket(64);
		check_way_out(r, fd);
		check_way_out(r, fd);
		check_way_in(r, fd);
		check_stat(r, "tx_packets", 2 * TRAIN);
		check_stat(r, "rx_packets", TRAIN);
		check_stat(r, "tx_refused", kernel->refused ? 1 : 0);
		check_stat(r, "tx_errors", 0);
		close(fd);
	}
	kernel = kernels;
}

static const struct CMUnitTest cases[] = {
	ON_A_PATH(test_what_there_is_is_used),
};

static const struct mode modes[] = {
	{ .name = "no workers", .workers = "0" },
	{ .name = "1 worker", .workers = "1" },
};

int
main(void)
{
	return rig_may_run() ? RUN_IN_MODES(cases, modes) : 0;
}
