/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ruleset.h - what is asked of nftables, as text. Pure: no kernel is touched.
 *
 * Masquerading is a table of our own. Forwarding cannot be: what one chain
 * accepts another one may still drop, and what one drops stays dropped. So
 * the two rules that accept stand in a chain of ours in the table of iptables,
 * and a rule that jumps there in a chain of somebody else, FORWARD or Docker's
 * DOCKER-USER, behind the administrator's own. By the name of that chain they
 * are found again, also when iptables-save and iptables-restore had them.
 */
#ifndef DAEMON_RULESET_H
#define DAEMON_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rudder/rudder.h>

/* What the names of our tables and chains begin with. */
#define RULESET_PREFIX "rudder-"

#define RULESET_NAME 64	  /* room for such a name */
#define RULESET_TEXT 8192 /* and for each text here */
#define RULESET_MANY 8	  /* of ours that are looked at in one go */

/*
 * The table, and the chain, of the overlay with that tunnel device:
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
 * that jump to the chain of that name; or, for "", of any overlay's. Of more
 * than eight the rest is found the next time.
 */
void ruleset_read(struct ruleset_chain *, const char *json, const char *name);

/*
 * Our jumps leave both chains, and one goes into the first of them that
 * exists, to our chain, for one network: one transaction; "" when there is
 * nothing to do.
 */
void ruleset_forward(char text[RULESET_TEXT], const struct ruleset_chain[2],
    const char *name, const struct rudder_net *network);

/* Our jumps just leave. */
void ruleset_no_jumps(char text[RULESET_TEXT], const struct ruleset_chain[2]);

/*
 * Adds to the text: the chain goes, to which no rule jumps any more; or, for
 * "", each of any overlay's in nftables' JSON of all chains. Their number. Of
 * more than eight the rest is found the next time.
 */
int ruleset_add_chains(
    char text[RULESET_TEXT], const char *json, const char *name);

/*
 * Adds to the text: every table of an overlay goes. Their number, as above.
 */
int ruleset_add_tables(char text[RULESET_TEXT], const char *json);

/* Is there one jump, where it belongs? Or no place for one? */
bool ruleset_forwards(const struct ruleset_chain[2]);

#endif
