/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.h - the udp backend in a network namespace of its own. We are its host,
 * by way of a fake env; the kernel's sockets are the containers; and a plain
 * socket at 127.0.0.2 is a host of the overlay that knows only what the
 * program of 2014 knew: a datagram is an inner packet.
 *
 * Nothing sleeps: what is awaited arrives as an event, or a timer ends it.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <rudder/module.h>

#include "../check.h"
#include "packet.h"

#ifdef RUDDER_STATIC_MODULES
#define DESCRIPTOR rudder_module_udp
#else
#define DESCRIPTOR rudder_module
#endif
extern const struct rudder_module DESCRIPTOR;

#define PORT 8285
/* Not the address that the kernel would choose by itself (F45). */
#define ME "127.0.0.5"
#define PEER "127.0.0.2"

/* In the overlay: the address of our TUN, a container of the peer's, and
 * one of nobody's. */
#define OURS "10.1.5.0"
#define THEIRS "10.1.6.7"
#define NOBODYS "10.1.99.1"

/* An inner UDP packet that says "hello"; its length. */
#define HELLO "hello"
#define HELLO_LEN (20 + 8 + 5)

/* One way to run the backend: what a cmocka test starts with as its state. */
struct mode {
	const char *name;
	const char *workers;
	const char *off; /* an option that says false, or NULL */
};

struct rig {
	struct rudder_env env; /* first */
	const struct mode *mode;
	const char *port;
	uint64_t clock;
	char log[4096]; /* "E: line\n" for each line */
	int failures;
	int failed_err;
	char failed_why[256];
	void *backend;
	struct rudder_device device;
	int peer; /* a socket at 127.0.0.2:8285 */
};

static inline bool
has_workers(const struct rig *r)
{
	return r->mode->workers[0] != '0';
}

static inline bool
is_off(const struct rig *r, const char *option)
{
	return r->mode->off != NULL && strcmp(r->mode->off, option) == 0;
}

/* In a namespace of its own, where the kernel sends nothing by itself; or
 * false, and it was said that all is skipped, and why. */
bool rig_may_run(void);

/* False: /proc/sys is not for us to write, or has no such file. */
bool set_sysctl(const char *path, const char *text);

/* The kernel makes datagrams of that size of it, which may come as one. */
void send_train(int fd, const char *ip, unsigned port, const void *data,
    size_t len, uint16_t size);

/* ---- Its life --------------------------------------------------------- */

/* For cmocka; set_up_bare is without a device. */
int set_up(void **state);
int set_up_bare(void **state);
int tear_down(void **state);

const struct rudder_backend *ops(void);
void rig_open(struct rig *r, const struct mode *mode);
struct rudder_attach place(void);
int rig_attach(struct rig *r, struct rudder_attach where);

/*
 * Runs each case in each mode; the result is for main to return. To be
 * called with arrays.
 */
int run_in_modes(const struct CMUnitTest *cases, size_t n_cases,
    const struct mode *modes, size_t n_modes);
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RUN_IN_MODES(cases, modes) \
	run_in_modes(cases, COUNT(cases), modes, COUNT(modes))

/* A case that begins with a device and a peer, and one without. */
#define ON_A_PATH(name)                              \
	{                                            \
#name, name, set_up, tear_down, NULL \
	}
#define BARE(name)                                        \
	{                                                 \
#name, name, set_up_bare, tear_down, NULL \
	}

/* ---- What it says ----------------------------------------------------- */

uint64_t stat_of(struct rig *r, const char *name);

/* Of the peer that has that subnet; ABSENT: it says nothing of that. */
#define ABSENT UINT64_MAX
uint64_t peer_stat_of(
    struct rig *r, struct rudder_net subnet, const char *name);

void check_stat(struct rig *r, const char *name, uint64_t value);
bool logged(const struct rig *r, const char *what);
size_t lines_of(const struct rig *r, const char *start);

/* ---- Waiting ---------------------------------------------------------- */

/* Runs the backend until there is something to read; or, with fd -1, until
 * it has failed. */
void await(struct rig *r, int fd);
void await_stat(struct rig *r, const char *name, uint64_t least);
size_t receive(struct rig *r, int fd, void *buf, size_t size);

/* ---- Addresses and packets -------------------------------------------- */

struct sockaddr_in at(const char *ip, unsigned port);
struct rudder_net net(const char *ip, uint8_t len);
int socket_at(int type, int proto, const char *ip, unsigned port);
unsigned port_of(int fd);
unsigned get16(const uint8_t *p);
void put16(uint8_t *p, unsigned v);
size_t make_hello(
    uint8_t *p, const char *src, const char *dst, unsigned port, uint8_t ttl);
void check_header(const uint8_t *p, size_t len, const char *src,
    const char *dst, unsigned proto, unsigned ttl);

/* ---- The peer, and sockets of this host in the overlay ---------------- */

struct inbox {
	char data[2048];
	char control[512];
	struct iovec iov;
	struct msghdr msg;
};

void peer_says(struct rig *r, const void *data, size_t len);
void peer_says_to(struct rig *r, const char *ip, const void *data, size_t len);
int inner_socket(int ttl);
void inner_says(int fd, const char *dst, const void *data, size_t len);
ssize_t inner_hears(int fd, struct inbox *in, int flags);
const void *control(struct msghdr *msg, int type, size_t size);
int hello_heard(struct rig *r, int fd);
void error_heard(struct rig *r, int fd, unsigned type, unsigned code);

#endif
