/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - a few words for each result. Pure. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Static text for 0, any enum rudder_error and any -errno. */
const char *error_text(int err);

#endif
