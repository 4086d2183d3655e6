/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <linux/errqueue.h>
#include <net/if.h>

#include "rig.h"

/* Generous: only what is broken waits for it. */
static const struct timeval patience = { 20, 0 };

/* ---- The rig: a fake host, and the peer ------------------------------- */

const struct rudder_backend *
ops(void)
{
	return DESCRIPTOR.backend;
}

static struct rig *
rig_of(const struct rudder_env *env)
{
	return (struct rig *)(uintptr_t)env;
}

static const char *
env_option(const struct rudder_env *env, const char *name)
{
	const struct rig *r = rig_of(env);

	if (strcmp(name, "port") == 0)
		return r->port;
	if (strcmp(name, "workers") == 0)
		return r->mode->workers;
	if (r->mode->off != NULL && strcmp(name, r->mode->off) == 0)
		return "false";
	return NULL;
}

static void __attribute__((format(printf, 3, 4))) env_log(
    const struct rudder_env *env, enum rudder_level level, const char *fmt, ...)
{
	struct rig *r = rig_of(env);
	size_t at = strlen(r->log);
	va_list ap;

	if (at + 300 > sizeof(r->log))
		return;
	at += (size_t)sprintf(r->log + at, "%c: ", "EWID"[level]);
	va_start(ap, fmt);
	at += (size_t)vsnprintf(r->log + at, 290, fmt, ap);
	va_end(ap);
	strcpy(r->log + strlen(r->log), "\n");
}

static void
env_failed(const struct rudder_env *env, int err, const char *why)
{
	struct rig *r = rig_of(env);

	r->failures++;
	r->failed_err = err;
	snprintf(r->failed_why, sizeof(r->failed_why), "%s", why);
	event_base_loopbreak(env->base);
}

static uint32_t
env_random(const struct rudder_env *env, uint32_t below)
{
	(void)env;
	return below - 1;
}

static uint64_t
env_now(const struct rudder_env *env)
{
	return rig_of(env)->clock;
}

struct sockaddr_in
at(const char *ip, unsigned port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	assert_int_equal(inet_pton(AF_INET, ip, &sin.sin_addr), 1);
	return sin;
}

int
socket_at(int type, int proto, const char *ip, unsigned port)
{
	struct sockaddr_in sin = at(ip, port);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

void
rig_open(struct rig *r, const struct mode *mode)
{
	*r = (struct rig){
		.mode = mode,
		.env = { .option = env_option,
		    .log = env_log,
		    .failed = env_failed,
		    .random = env_random,
		    .now = env_now },
		.port = "8285",
		.clock = 1000000,
		.peer = -1,
	};
	r->env.base = event_base_new();
	assert_non_null(r->env.base);
	assert_int_equal(ops()->open(&r->env, &r->backend), 0);
}

struct rudder_net
net(const char *ip, uint8_t len)
{
	return (struct rudder_net){ ntohl(at(ip, 0).sin_addr.s_addr), len };
}

struct rudder_attach
place(void)
{
	return (struct rudder_attach){
		.network = net("10.1.0.0", 16),
		.subnet = net("10.1.5.0", 24),
		.iface = "lo",
		.ifindex = if_nametoindex("lo"),
		.iface_mtu = 1500,
		.iface_ip = net(ME, 32).addr,
		.public_ip = net(ME, 32).addr,
	};
}

int
rig_attach(struct rig *r, struct rudder_attach where)
{
	return ops()->attach(r->backend, &where, &r->device);
}

int
set_up(void **state)
{
	struct rig *r = malloc(sizeof(*r));

	assert_non_null(r);
	rig_open(r, *state);
	assert_int_equal(rig_attach(r, place()), 0);
	assert_int_equal(ops()->peer_set(r->backend, net("10.1.6.0", 24),
			     net(PEER, 32).addr),
	    0);
	r->peer = socket_at(SOCK_DGRAM, 0, PEER, PORT);
	*state = r;
	return 0;
}

/* Without a device. */
int
set_up_bare(void **state)
{
	struct rig *r = malloc(sizeof(*r));

	assert_non_null(r);
	rig_open(r, *state);
	*state = r;
	return 0;
}

int
tear_down(void **state)
{
	struct rig *r = *state;

	ops()->close(r->backend);
	event_base_free(r->env.base);
	if (r->peer >= 0)
		close(r->peer);
	free(r);
	assert_int_equal(if_nametoindex("rudder0"), 0);
	return 0;
}

uint64_t
stat_of(struct rig *r, const char *name)
{
	struct rudder_stat stats[64];
	size_t n = ops()->stats(r->backend, stats, 64);

	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++)
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

uint64_t
peer_stat_of(struct rig *r, struct rudder_net subnet, const char *name)
{
	struct rudder_stat stats[8];
	size_t n = ops()->peer_stats(r->backend, subnet, stats, 8);

	assert_true(n <= 8);
	for (size_t i = 0; i < n; i++)
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	return ABSENT;
}

/*
 * The data path's thread counts a moment after it has acted: what is to come
 * is waited for.
 */
void
check_stat(struct rig *r, const char *name, uint64_t value)
{
	time_t limit = time(NULL) + patience.tv_sec;

	while (has_workers(r) && stat_of(r, name) != value) {
		if (time(NULL) > limit)
			break;
		sched_yield();
	}
	assert_int_equal(stat_of(r, name), value);
}

size_t
lines_of(const struct rig *r, const char *start)
{
	size_t n = 0;

	for (const char *s = r->log; (s = strstr(s, start)) != NULL; s++)
		n++;
	return n;
}

bool
logged(const struct rig *r, const char *what)
{
	return strstr(r->log, what) != NULL;
}

/* ---- Waiting ---------------------------------------------------------- */

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void
on_impatience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the backend until there is something to read; or, with fd -1, until
 * it has failed. */
void
await(struct rig *r, int fd)
{
	struct event_base *base = r->env.base;
	struct event *ready = event_new(base, fd, EV_READ, on_ready, base);
	bool late = false;
	struct event *timer = evtimer_new(base, on_impatience, &late);

	event_add(timer, &patience);
	if (fd >= 0)
		event_add(ready, NULL);
	event_base_loop(base, EVLOOP_ONCE);
	while (!late && !event_base_got_break(base))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	event_free(ready);
	if (late)
		fail_msg("nothing came; the log:\n%s", r->log);
}

/* Runs the backend until it has counted so many. */
void
await_stat(struct rig *r, const char *name, uint64_t least)
{
	bool late = false;
	struct event *timer = evtimer_new(r->env.base, on_impatience, &late);

	event_add(timer, &patience);
	while (!late && stat_of(r, name) < least)
		event_base_loop(r->env.base, EVLOOP_ONCE);
	event_free(timer);
	if (late)
		fail_msg("%s stays; the log:\n%s", name, r->log);
}

size_t
receive(struct rig *r, int fd, void *buf, size_t size)
{
	ssize_t n;

	await(r, fd);
	n = recv(fd, buf, size, 0);
	assert_true(n >= 0);
	return (size_t)n;
}

/* ---- Packets ---------------------------------------------------------- */

unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

size_t
make_hello(
    uint8_t *p, const char *src, const char *dst, unsigned port, uint8_t ttl)
{
	struct sockaddr_in from = at(src, 0), to = at(dst, 0);

	memset(p, 0, HELLO_LEN);
	p[0] = 0x45;
	put16(p + 2, HELLO_LEN);
	p[8] = ttl;
	p[9] = IPPROTO_UDP;
	memcpy(p + 12, &from.sin_addr, 4);
	memcpy(p + 16, &to.sin_addr, 4);
	put16(p + 10, packet_checksum(p, 20));
	put16(p + 20, 4242);
	put16(p + 22, port);
	put16(p + 24, 8 + 5);
	memcpy(p + 28, HELLO, 5);
	return HELLO_LEN;
}

void
check_header(const uint8_t *p, size_t len, const char *src, const char *dst,
    unsigned proto, unsigned ttl)
{
	struct sockaddr_in from = at(src, 0), to = at(dst, 0);

	assert_true(len >= 20);
	assert_int_equal(p[0], 0x45);
	assert_int_equal(get16(p + 2), len);
	assert_int_equal(p[8], ttl);
	assert_int_equal(p[9], proto);
	assert_memory_equal(p + 12, &from.sin_addr, 4);
	assert_memory_equal(p + 16, &to.sin_addr, 4);
	assert_int_equal(packet_checksum(p, 20), 0);
}

/* The peer's datagrams go to where every host listens. */
void
peer_says(struct rig *r, const void *data, size_t len)
{
	peer_says_to(r, ME, data, len);
}

void
peer_says_to(struct rig *r, const char *ip, const void *data, size_t len)
{
	struct sockaddr_in to = at(ip, PORT);

	assert_int_equal(
	    sendto(r->peer, data, len, 0, (struct sockaddr *)&to, sizeof(to)),
	    len);
}

/* A socket of this host in the overlay, that hears of ICMP errors. */
int
inner_socket(int ttl)
{
	int fd = socket_at(SOCK_DGRAM, 0, OURS, 0), one = 1;

	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	return fd;
}

unsigned
port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return ntohs(sin.sin_port);
}

/* A socket that hears of ICMP errors fails once for each that has come. */
void
inner_says(int fd, const char *dst, const void *data, size_t len)
{
	struct sockaddr_in to = at(dst, 4242);
	ssize_t n;

	do
		n = sendto(
		    fd, data, len, 0, (struct sockaddr *)&to, sizeof(to));
	while (n < 0 && errno == ENETUNREACH);
	assert_int_equal(n, len);
}

/* The payload of a control message. */
const void *
control(struct msghdr *msg, int type, size_t size)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == type &&
		    c->cmsg_len >= CMSG_LEN(size))
			return CMSG_DATA(c);
	fail_msg("no control message %d", type);
	return NULL;
}

ssize_t
inner_hears(int fd, struct inbox *in, int flags)
{
	in->iov = (struct iovec){ in->data, sizeof(in->data) };
	in->msg = (struct msghdr){ .msg_iov = &in->iov,
		.msg_iovlen = 1,
		.msg_control = in->control,
		.msg_controllen = sizeof(in->control) };
	return recvmsg(fd, &in->msg, flags);
}

/* Awaits "hello" and returns the TTL that it came with. */
int
hello_heard(struct rig *r, int fd)
{
	struct inbox in;
	int ttl;

	await(r, fd);
	assert_int_equal(inner_hears(fd, &in, 0), 5);
	assert_memory_equal(in.data, HELLO, 5);
	memcpy(&ttl, control(&in.msg, IP_TTL, sizeof(ttl)), sizeof(ttl));
	return ttl;
}

/* Awaits an ICMP error from the TUN's address. */
void
error_heard(struct rig *r, int fd, unsigned type, unsigned code)
{
	struct {
		struct sock_extended_err err;
		struct sockaddr_in offender;
	} e;
	struct sockaddr_in ours = at(OURS, 0);
	struct inbox in;

	await(r, fd);
	assert_true(inner_hears(fd, &in, MSG_ERRQUEUE) >= 0);
	memcpy(&e, control(&in.msg, IP_RECVERR, sizeof(e)), sizeof(e));
	assert_int_equal(e.err.ee_origin, SO_EE_ORIGIN_ICMP);
	assert_int_equal(e.err.ee_type, type);
	assert_int_equal(e.err.ee_code, code);
	assert_int_equal(e.offender.sin_addr.s_addr, ours.sin_addr.s_addr);
}

/* ---- The namespace ---------------------------------------------------- */

/* False: /proc/sys is not for us to write, or has no such file. */
bool
set_sysctl(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static int
raise_lo(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = ioctl(fd, SIOCSIFFLAGS, &ifr);

	close(fd);
	return rc;
}

/* Else the kernel looks for IPv6 routers in our TUN, and is counted. */
static void
silence_ipv6(void)
{
	set_sysctl("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

/* Why these tests cannot run here, or NULL. */
static const char *
obstacle(void)
{
	if (geteuid() != 0)
		return "not root";
	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		return "no /dev/net/tun";
	if (unshare(CLONE_NEWNET) < 0 || raise_lo() < 0)
		return "no network namespaces";
	return NULL;
}

bool
rig_may_run(void)
{
	const char *why = obstacle();

	if (why != NULL)
		printf("1..0 # SKIP %s\n", why);
	else
		silence_ipv6();
	return why == NULL;
}

/* ---- Trains ---------------------------------------------------------- */

void
send_train(int fd, const char *ip, unsigned port, const void *data, size_t len,
    uint16_t size)
{
	struct sockaddr_in to = at(ip, port);
	struct iovec iov = { (void *)(uintptr_t)data, len };
	char ctrl[CMSG_SPACE(sizeof(size))] = { 0 };
	struct msghdr msg = { .msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = ctrl,
		.msg_controllen = sizeof(ctrl) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = 103; /* UDP_SEGMENT */
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
	assert_int_equal(sendmsg(fd, &msg, 0), len);
}

/* ---- In each mode ----------------------------------------------------- */

int
run_in_modes(const struct CMUnitTest *cases, size_t n_cases,
    const struct mode *modes, size_t n_modes)
{
	size_t n = n_cases * n_modes;
	struct CMUnitTest *all = calloc(n, sizeof(*all));
	char(*names)[128] = calloc(n, sizeof(*names));
	int rc;

	if (all == NULL || names == NULL)
		abort();
	for (size_t i = 0; i < n; i++) {
		const struct mode *mode = &modes[i / n_cases];

		all[i] = cases[i % n_cases];
		all[i].initial_state = (void *)(uintptr_t)mode;
		snprintf(names[i], sizeof(names[i]), "%s (%s)", all[i].name,
		    mode->name);
		all[i].name = names[i];
	}
	rc = _cmocka_run_group_tests("modes", all, n, NULL, NULL);
	free(names);
	free(all);
	return rc;
}
