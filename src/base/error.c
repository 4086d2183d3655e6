/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <rudder/types.h>

#include "error.h"

/* No default: the compiler names the error that has no words yet. */
static const char *
own_text(enum rudder_error err)
{
	switch (err) {
	case RUDDER_EOPTION:
		return "bad option";
	case RUDDER_ESTATE:
		return "not possible in this state";
	case RUDDER_EMODULE:
		return "module not usable";
	case RUDDER_ECONFIG:
		return "bad network config";
	case RUDDER_EMISMATCH:
		return "option and network config disagree";
	case RUDDER_ECONFLICT:
		return "subnet owned by another host";
	case RUDDER_ENOTFOUND:
		return "no such key";
	case RUDDER_EEXISTS:
		return "subnet taken";
	case RUDDER_ECHANGED:
		return "lease changed";
	case RUDDER_ELOST:
		return "history lost";
	case RUDDER_EREGISTRY:
		return "registry not usable";
	}
	return NULL;
}

const char *
error_text(int err)
{
	const char *text;

	if (err == 0)
		return "success";
	text = own_text((enum rudder_error)err);
	if (text == NULL && err < 0)
		text = strerrordesc_np(-err);
	return text != NULL ? text : "unknown error";
}

void
error_printable(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

int
error_because(int err, char why[ERROR_WHY], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, ERROR_WHY, fmt, ap);
	va_end(ap);
	error_printable(why);
	return err;
}
