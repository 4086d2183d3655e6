/* SPDX-License-Identifier: Apache-2.0 */
#include <rudder/rudder.h>

#include "status.h"

int
status_of(int err)
{
	switch (err) {
	case RUDDER_EOPTION:
		return EXIT_USAGE;
	case RUDDER_ECONFIG:
	case RUDDER_EMISMATCH:
		return EXIT_CONFIG;
	case RUDDER_ECONFLICT:
		return EXIT_CONFLICT;
	default:
		return EXIT_ENVIRONMENT;
	}
}
