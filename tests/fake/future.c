/* SPDX-License-Identifier: Apache-2.0 */
/* A module from another time: only its number can be read. */
#include <rudder/module.h>

RUDDER_MODULE(future) = {
	.abi = 4711,
};
