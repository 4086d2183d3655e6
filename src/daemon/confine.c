/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "caps.h"
#include "confine.h"

static const char *const needed[] = { "net_admin", "net_bind_service", NULL };

int
confine(char text[CONFINE_TEXT])
{
	char kept[CONFINE_TEXT / 2];
	int rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		rc = -errno;
		snprintf(text, CONFINE_TEXT,
		    "no-new-privs cannot be set: %s; it goes on without",
		    strerror(-rc));
		return rc;
	}
	rc = caps_keep(needed, kept, sizeof(kept));
	if (rc < 0)
		snprintf(text, CONFINE_TEXT,
		    "capabilities cannot be given up: %s; it goes on with all",
		    strerror(-rc));
	else
		snprintf(text, CONFINE_TEXT,
		    "confined: capabilities kept: %s; no new ones can come",
		    kept[0] != '\0' ? kept : "none");
	return rc;
}
