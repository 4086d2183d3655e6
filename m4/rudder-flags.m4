dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl RUDDER_FLAGS
dnl
dnl Sets RUDDER_CFLAGS and RUDDER_LDFLAGS: C11, the warnings that the code is
dnl kept free of, and what --enable-werror, --enable-sanitizers,
dnl --enable-fuzzers ask for.
AC_DEFUN([RUDDER_FLAGS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [warnings are errors])])
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
		[run under these @<:@address,undefined@:>@])])
AC_ARG_ENABLE([fuzzers],
	[AS_HELP_STRING([--enable-fuzzers],
		[fuzz targets with libFuzzer, by clang: see make fuzz])])

RUDDER_CFLAGS="-std=gnu11 -Wall -Wextra -Wsign-compare -Wshadow"
RUDDER_CFLAGS="$RUDDER_CFLAGS -Wstrict-prototypes -Wmissing-prototypes -fvisibility=hidden"
AS_IF([test "$enable_werror" = yes], [RUDDER_CFLAGS="$RUDDER_CFLAGS -Werror"])
AS_IF([test "$enable_fuzzers" = yes], [
	enable_sanitizers=${enable_sanitizers:-yes}
	RUDDER_CFLAGS="$RUDDER_CFLAGS -fsanitize=fuzzer-no-link"])
AM_CONDITIONAL([FUZZERS], [test "$enable_fuzzers" = yes])
AS_CASE([$enable_sanitizers],
	[""|no], [sanitize=],
	[yes], [sanitize="-fsanitize=address,undefined"],
	[sanitize="-fsanitize=$enable_sanitizers"])
RUDDER_LDFLAGS=
AS_IF([test -n "$sanitize"], [
	RUDDER_CFLAGS="$RUDDER_CFLAGS $sanitize -fno-omit-frame-pointer -fno-sanitize-recover=all"
	RUDDER_LDFLAGS="$sanitize"])
AM_CONDITIONAL([SANITIZERS], [test -n "$sanitize"])
AC_SUBST([RUDDER_CFLAGS])
AC_SUBST([RUDDER_LDFLAGS])
])
