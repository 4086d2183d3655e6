/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ruleset.h - what is asked of nftables, as text. Pure: no kernel is touched.
 *
 * Masquerading is a table of our own. Forwarding cannot be: what one chain
 * accepts another one may still drop, and what one drops stays dropped. So
 * the two rules that accept stand in the chain of somebody else, iptables'
 * FORWARD or Docker's DOCKER-USER, behind the administrator's own, and carry
 * a comment by which they are found again.
 */
#ifndef DAEMON_RULESET_H
#define DAEMON_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/rudder.h>

/* What the names of our tables, and our comments, begin with. */
#define RULESET_PREFIX "rudder-"

#define RULESET_NAME 64	  /* room for a table's name */
#define RULESET_TEXT 4096 /* and for each text here */
#define RULESET_MANY 8	  /* of ours that are looked at in one go */

/*
 * The table, and the comment, of the overlay with that tunnel device:
 * "rudder-rudder0". One that is named so would be hard to write down for
 * nftables is refused: -EINVAL.
 */
int ruleset_name(char name[RULESET_NAME], const char *device);

/*
 * One transaction: whatever is in the table is replaced by what the lease
 * says; or by nothing. `random`: ports are drawn, for which a kernel must be
 * 3.13; two hosts behind one NAT then clash less.
 */
void ruleset_masquerade(char text[RULESET_TEXT], const char *name,
    const struct rudder_lease *, bool random);
void ruleset_no_masquerade(char text[RULESET_TEXT], const char *name);

/* What is of interest about a chain of table "ip filter". */
struct ruleset_chain {
	const char *name;
	bool exists;
	uint64_t ours[RULESET_MANY]; /* handles */
	size_t n;
	uint64_t end; /* handle of a last rule that just returns; 0: none */
};

/*
 * Fills all but the name from nftables' JSON of the chain. Ours are the rules
 * with that comment; or, for "", with a comment of any overlay's. Of more
 * than eight the rest is found the next time.
 */
void ruleset_read(
    struct ruleset_chain *, const char *json, const char *comment);

/*
 * Our rules leave both chains, and go into the first of them that exists, for
 * one network: one transaction; "" when there is nothing to do. NULL: they
 * just leave.
 */
void ruleset_forward(char text[RULESET_TEXT], const struct ruleset_chain[2],
    const char *comment, const struct rudder_net *network);

/*
 * Adds to the text: every table of an overlay goes. Their number. Of more
 * than eight the rest is found the next time.
 */
int ruleset_add_tables(char text[RULESET_TEXT], const char *json);

/* Is that just what is there? */
bool ruleset_forwards(const struct ruleset_chain[2]);

#endif
