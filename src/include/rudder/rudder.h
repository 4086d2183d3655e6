/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rudder/rudder.h - an overlay network inside your event loop.
 *
 *	struct rudder *r;
 *
 *	rudder_new(&r, base, &callbacks, arg);
 *	rudder_set(r, "etcd-endpoint", "http://10.0.0.1:2379");
 *	rudder_start(r);
 *	event_base_dispatch(base);
 *	rudder_free(r);
 *
 * One struct rudder is one machine's place in one overlay. Everything runs
 * in the dispatch of the event_base that was given to rudder_new(), on the
 * thread that runs it; call these functions from that thread too. There is
 * no state outside of the handle: any number of them may share a process,
 * and a base.
 *
 * Strings that are given are copied, strings that are received are borrowed:
 * they are good until the call, or the callback, returns.
 */
#ifndef RUDDER_RUDDER_H
#define RUDDER_RUDDER_H

#include <stdint.h>

#include <rudder/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct event_base;
struct rudder;

/* What a host needs to know about the place it got in the overlay. */
struct rudder_lease {
	struct rudder_net network; /* the whole overlay */
	struct rudder_net subnet;  /* ours; its first address is subnet.addr */
	uint32_t public_ip;	   /* ours on the underlay, host byte order */
	unsigned mtu;		   /* bytes of an inner packet, at most */
	const char *device;	   /* the tunnel's, as in "rudder0" */
};

/*
 * What rudder tells its host. Each may be NULL. rudder_free() and
 * rudder_stop() are legal inside of each of them.
 */
struct rudder_callbacks {
	/* The lease is held and packets flow. Be ready for it to come again
	 * when the facts change. */
	void (*ready)(struct rudder *, const struct rudder_lease *, void *arg);

	/*
	 * The job cannot go on and no callback but log follows; `why` is a
	 * whole sentence. What to do is the host's: most will rudder_free().
	 */
	void (*failed)(struct rudder *, int err, const char *why, void *arg);

	/*
	 * Somebody else has our subnet: no packets flow until `ready` comes
	 * again. `why` is a whole sentence. Only where on-lease-loss is
	 * quarantine, as it is by default.
	 */
	void (*lost)(struct rudder *, const char *why, void *arg);

	/* One line, without a newline, that names its subject. */
	void (*log)(
	    struct rudder *, enum rudder_level, const char *line, void *arg);
};

/*
 * Makes a handle that is not running yet. The base is borrowed and must
 * outlive it; `callbacks` is copied; `arg` comes back in each callback.
 * -EINVAL: no base; -ENOMEM.
 */
int rudder_new(struct rudder **, struct event_base *,
    const struct rudder_callbacks *, void *arg);

/*
 * Sets an option before rudder_start(). The core's own options are
 *
 *	registry, backend	names of modules, and where more of them are:
 *	module-dir		set these three first
 *	iface			name or IPv4 address of the interface to use
 *	public-ip		what others send to, where that is another
 *	force-overlap		true: an overlapping Network is only warned of
 *	node-id			which machine this is; made from its machine-id:
 *				two handles in one overlay need one each
 *	subnet			the one that this host had: claimed again
 *	on-lease-loss		keep, quarantine, exit: when another took ours
 *	lease-ttl		seconds; for tests
 *
 * and every module brings its own: rudder(8) has them all. The first option
 * that the core does not know loads the two modules to ask them.
 * RUDDER_EOPTION: unknown, or a bad value, as the name of no module is;
 * RUDDER_EMODULE: the module is of no use; RUDDER_ESTATE: too late.
 * rudder_why() has the sentence.
 */
int rudder_set(struct rudder *, const char *name, const char *value);

/*
 * What an option is: as it was set, or its default, also one that depends on
 * the machine. NULL: it has none, or there is no such option (yet: see
 * rudder_load()). Borrowed until the handle is freed or the option is set.
 */
const char *rudder_get(struct rudder *, const char *name);

/*
 * Loads the two chosen modules, so that their options are known. It need
 * not be called: the first option that the core does not know does it too.
 * RUDDER_EOPTION, RUDDER_EMODULE: as rudder_set().
 */
int rudder_load(struct rudder *);

/*
 * Walks the options of the core and of the modules that are loaded: NULL
 * gives the first, the last gives NULL.
 */
const struct rudder_option *rudder_option_next(
    struct rudder *, const struct rudder_option *);

/*
 * Begins: find the interface, read the network config, take a lease, attach
 * the backend, follow the peers. Returns at once, with 0 or the errors of
 * rudder_set(); all else is told by callbacks, never before this returns.
 * What may heal (no default route yet, no config yet, an unreachable
 * registry) is tried again for ever. A handle starts once.
 */
int rudder_start(struct rudder *);

/*
 * Ends: the device, the sockets and the timers go, the lease stays in the
 * registry so that the same machine finds it again. No callback comes after
 * this returns; event_base_dispatch() can return only then, because a
 * pending timer keeps it. Inside of a callback the resources are released
 * in the next turn of the event_base, or by event_base_free(). Stopping what
 * is not running does nothing.
 */
void rudder_stop(struct rudder *);

/*
 * Looks at the registry anew: at the network config and at the other hosts.
 * It follows both anyway; this is for who does not want to wait. What of a
 * changed config is taken, and what is not before a new start, is told in
 * lines of the log. RUDDER_ESTATE: it is not running.
 */
int rudder_reload(struct rudder *);

/* Stops, and frees the handle. NULL is fine. */
void rudder_free(struct rudder *);

/*
 * How it is at this moment, as JSON text that librudder(3) describes; the
 * caller frees it. Good at any time, and inside of callbacks too. NULL: no
 * memory.
 */
char *rudder_status(struct rudder *);

/* The sentence behind the last error that a call on this handle returned. */
const char *rudder_why(const struct rudder *);

/* A few words for any result of this library; static. */
const char *rudder_strerror(int err);

/* "0.1.0", of the library that is running. */
const char *rudder_version(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
