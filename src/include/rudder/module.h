/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rudder/module.h - what a module gives to rudder, and what it is given.
 *
 * A module is one shared object (or a part of the library, when it was
 * configured static) that exports one symbol, its descriptor, as the last
 * thing in its file:
 *
 *	RUDDER_MODULE(udp) = {
 *		.abi = RUDDER_MODULE_ABI,
 *		.name = "udp",
 *		.options = options,
 *		.backend = &ops,
 *	};
 *
 * It links to nothing of rudder's: all that it needs of its host comes in a
 * struct rudder_env. It runs on its host's thread and event_base, keeps no
 * mutable data at file scope, never exits, never prints, and never blocks.
 */
#ifndef RUDDER_MODULE_H
#define RUDDER_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/types.h>

/* A module of another number is refused. */
#define RUDDER_MODULE_ABI 3

/* What shared modules export, so that the loader can find it. */
#define RUDDER_MODULE_SYMBOL "rudder_module"

/* Static modules need names that differ: their build defines this. */
#ifdef RUDDER_STATIC_MODULES
#define RUDDER_MODULE(id) const struct rudder_module rudder_module_##id
#else
#define RUDDER_MODULE(id)                      \
	__attribute__((visibility("default"))) \
	const struct rudder_module rudder_module
#endif

struct event_base;

/* ---- What a module is given ------------------------------------------- */

/*
 * The module's view of its host; valid from open() to the end of close().
 * Every function takes the env that it was found in.
 */
struct rudder_env {
	struct event_base *base;

	/* The value of one of the module's own options; NULL: not set. */
	const char *(*option)(const struct rudder_env *, const char *name);

	/*
	 * One line, without a newline, that names its subject. From close()
	 * on nobody listens.
	 */
	void (*log)(const struct rudder_env *, enum rudder_level,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

	/*
	 * What was opened has died and cannot heal; `why` is a sentence that
	 * names its subject. The module stays open until close() is called,
	 * which never happens inside of this.
	 */
	void (*failed)(const struct rudder_env *, int err, const char *why);

	/* A number from 0 to below-1, any of them as likely. */
	uint32_t (*random)(const struct rudder_env *, uint32_t below);

	/* Milliseconds of a clock that nobody sets (CLOCK_BOOTTIME). */
	uint64_t (*now)(const struct rudder_env *);
};

/* What a module counts, for people and for monitoring. */
struct rudder_stat {
	const char *name; /* "rx_packets"; static */
	uint64_t value;
	bool gauge; /* it goes down too; else it only grows */
};

/* ---- Registry: where the subnets of an overlay are leased ------------- */

/* A lease as the registry has it. */
struct rudder_record {
	struct rudder_net subnet; /* the key */
	const char *value;	  /* JSON text as it stands; NULL: it is gone */
	uint64_t version;	  /* of the value: the condition of a renew */
	uint64_t created;	  /* when it began, by an index; 0: not known */
	int64_t ttl;		  /* seconds left; 0: reserved, no end */
};

/* The answer to a request; borrowed until `done` returns. */
struct rudder_answer {
	/*
	 * 0 or what came instead:
	 * RUDDER_ENOTFOUND   config: there is none yet; renew, release: gone
	 * RUDDER_EEXISTS     create: taken; the record is in the way, if known
	 * RUDDER_ECHANGED    renew, release: the version is another by now
	 * RUDDER_ELOST       config and watch from an index: list again
	 * RUDDER_EREGISTRY   unreachable, refused, nonsense: try again later.
	 *                    A write may still have been done: list to see.
	 */
	int err;
	const char *why; /* with err: a sentence that names the endpoint */

	/* Watch from here and you miss nothing. Set with RUDDER_ENOTFOUND
	 * of config too. */
	uint64_t index;

	/*
	 * watch: what `index` will be when all has been told that has happened
	 * by now. Who is far behind may list instead. 0: not known.
	 */
	uint64_t newest;

	const char *config; /* config: JSON text */

	/*
	 * list: every lease. create, renew: the lease as it is now. watch:
	 * what happened, in order; none when time ran out or when it was
	 * nothing about leases.
	 */
	const struct rudder_record *records;
	size_t n_records;
};

/*
 * A request is a struct of the caller's, who keeps it, and what it points
 * to, in place until `done` was called or cancel() has returned.
 */
struct rudder_request {
	uint64_t index;		  /* config: 0 or an index; watch: an index */
	struct rudder_net subnet; /* create, renew, release */
	const char *value;	  /* create, renew: JSON text */
	bool same_value;	  /* renew: what it has at that version */
	unsigned ttl;		  /* create, renew: seconds */
	uint64_t version;	  /* renew, release: as last seen */

	void (*done)(struct rudder_request *, const struct rudder_answer *);
	void *arg;  /* the caller's */
	void *impl; /* the module's, from the call to `done` */
};

/*
 * Each of config ... watch: returning 0 means that `done` is called exactly
 * once, later, never before the call has returned. Returning < 0 (-errno)
 * means that it is never called. Inside of `done` the caller may begin new
 * requests, with the same struct too, and may cancel others, but not close.
 */
struct rudder_registry {
	/*
	 * Reads the options and gets ready; waits for nothing. Where it
	 * fails, the line that it logs as RUDDER_ERROR is the reason that
	 * the host gives; for a bad option it is RUDDER_EOPTION.
	 */
	int (*open)(const struct rudder_env *, void **registry);
	void (*close)(void *registry); /* cancels what is under way */

	/*
	 * The network config. index 0: as it is now. Otherwise: wait until
	 * it was written at that index or later, like watch.
	 */
	int (*config)(void *registry, struct rudder_request *);

	/* Every lease there is, as the majority of the registry has it. */
	int (*list)(void *registry, struct rudder_request *);

	/* A lease on a subnet on which there is none. */
	int (*create)(void *registry, struct rudder_request *);

	/*
	 * New time, and this value, for the lease that has this version. Of
	 * the same value the others need not hear.
	 */
	int (*renew)(void *registry, struct rudder_request *);

	/* Gives up the lease that has this version; NULL: cannot. */
	int (*release)(void *registry, struct rudder_request *);

	/* What happens to any lease from this index on, once. */
	int (*watch)(void *registry, struct rudder_request *);

	/* Forgets a request: no `done` comes. Of one that ended: nothing. */
	void (*cancel)(void *registry, struct rudder_request *);

	/*
	 * Is it to be reached by an address inside of that network, as far as
	 * is known? An overlay must not swallow its own registry. NULL: no.
	 */
	bool (*is_within)(void *registry, struct rudder_net);

	/* As of a backend; NULL: none. */
	size_t (*stats)(void *registry, struct rudder_stat *, size_t n);
};

/* ---- Backend: how packets travel -------------------------------------- */

/* Where we are: everything that a backend needs to begin. */
struct rudder_attach {
	struct rudder_net network; /* the overlay */
	struct rudder_net subnet;  /* ours */
	const char *iface;	   /* name of the underlay's interface */
	unsigned ifindex;
	unsigned iface_mtu;
	uint32_t iface_ip;  /* ours on that interface, host byte order */
	uint32_t public_ip; /* what the others send to; mostly the same */
};

/* What came of it. */
struct rudder_device {
	unsigned mtu;	  /* bytes of an inner packet, at most */
	const char *name; /* owned by the backend, until close() */
};

/* Local work in the kernel: synchronous, and never waiting. */
struct rudder_backend {
	/*
	 * Reads the options, to which the network config has had its say,
	 * and makes sure that attach can work. Errors as above.
	 */
	int (*open)(const struct rudder_env *, void **backend);
	void (*close)(void *backend);

	/* Builds the device; packets flow. Errors as above. */
	int (*attach)(void *backend, const struct rudder_attach *,
	    struct rudder_device *);

	/*
	 * The underlay is another: its interface, its MTU or our address. The
	 * device and its name stay, and so do the peers. Not the network and
	 * not the subnet: those never change. Errors as above; after one, it
	 * may be tried again. NULL: cannot.
	 */
	int (*move)(void *backend, const struct rudder_attach *,
	    struct rudder_device *);

	/* Packets to `subnet` go to `public_ip` from now on. */
	int (*peer_set)(
	    void *backend, struct rudder_net subnet, uint32_t public_ip);
	int (*peer_del)(void *backend, struct rudder_net subnet);

	/* Writes at most n counters; returns how many there are. */
	size_t (*stats)(void *backend, struct rudder_stat *, size_t n);

	/*
	 * The same of one peer: tx_packets, tx_bytes, rx_packets, rx_bytes,
	 * and heard_seconds_ago once something was received. NULL: none.
	 */
	size_t (*peer_stats)(void *backend, struct rudder_net subnet,
	    struct rudder_stat *, size_t n);
};

/* ---- The descriptor ---------------------------------------------------- */

struct rudder_module {
	unsigned abi; /* RUDDER_MODULE_ABI; always the first member */
	const char *name;
	const struct rudder_option *options;	/* NULL: none */
	const struct rudder_registry *registry; /* one of these two */
	const struct rudder_backend *backend;
};

#endif
