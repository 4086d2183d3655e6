/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - a lane on a thread of its own. The thread never touches what is
 * the embedder's: orders come to it by a mailbox, and what it has to say goes
 * to another.
 */
#ifndef UDP_WORKER_H
#define UDP_WORKER_H

#include "lane.h"
#include "mailbox.h"

struct worker;

/* What a worker has to say. */
struct report {
	struct letter letter; /* first */
	enum {
		REPORT_LINE, /* for the log */
		REPORT_DIED, /* of err, because of text */
		REPORT_GONE, /* the TUN */
	} kind;
	int err;
	char text[160];
};

/*
 * Starts the thread. Of the config `base` and `owner` are the worker's to
 * choose; reports, which whoever takes them frees, go to the mailbox, which
 * must outlive the worker. Signals are not for the thread.
 */
int worker_start(struct worker **, const struct lane_kind *,
    const struct lane_config *, struct mailbox *reports);

/* Waits for the thread to end; adds what it has counted to a sum. */
void worker_stop(struct worker *, uint64_t sum[N_COUNTERS]);

/* What the lane's routes are to be. */
struct order {
	struct letter letter; /* first */
	struct rudder_net subnet;
	uint32_t host;
	bool set; /* else the route goes, and the others mean nothing */
	struct meter *meter; /* outlives the worker */
};

/*
 * Takes an order, from malloc. It is done before the worker looks at what
 * enters the TUN or the socket after this has returned.
 */
void worker_order(struct worker *, struct order *);

const struct counters *worker_counters(const struct worker *);

#endif
