/* SPDX-License-Identifier: Apache-2.0 */
/*
 * voice.h - a line of the log on the standard error: with the time and a
 * letter for people, or with a priority for the journal (sd-daemon(3)), which
 * adds the time itself.
 */
#ifndef DAEMON_VOICE_H
#define DAEMON_VOICE_H

#include <rudder/rudder.h>

void voice_say(enum rudder_level, const char *line);

#endif
