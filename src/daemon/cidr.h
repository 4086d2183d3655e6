/* SPDX-License-Identifier: Apache-2.0 */
/* cidr.h - networks as people write them. */
#ifndef DAEMON_CIDR_H
#define DAEMON_CIDR_H

#include <stdint.h>

#define CIDR_TEXT 20 /* "255.255.255.255/32" */

/* "10.1.5.0/24", of an address in host byte order; into and as `text`. */
const char *cidr_print(char text[CIDR_TEXT], uint32_t addr, uint8_t len);

#endif
