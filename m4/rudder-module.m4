dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl RUDDER_MODULE(NAME, AVAILABLE, [NEEDS])
dnl
dnl --with-module-NAME=shared|static|no. AVAILABLE is "yes" where what the
dnl module NEEDS was found. A shared one is installed under $(pkglibdir) and
dnl found there by name; a static one is linked into the library and stands in
dnl the table of src/core/builtin.inc.
AC_DEFUN([RUDDER_MODULE], [
AC_ARG_WITH([module-$1],
	[AS_HELP_STRING([--with-module-$1=shared|static|no],
		[how to build the module $1 @<:@shared@:>@])],
	[], [with_module_$1=shared])
AS_CASE([$with_module_$1],
	[yes], [with_module_$1=shared],
	[shared|static|no], [],
	[AC_MSG_ERROR([--with-module-$1=$with_module_$1: not one of shared, static, no])])
AS_IF([test "$with_module_$1" != no && test "$2" != yes],
	[AC_MSG_ERROR([the module $1 needs $3: install it, or use --with-module-$1=no])])
AM_CONDITIONAL([MODULE_]m4_toupper([$1]), [test "$with_module_$1" != no])
AM_CONDITIONAL([MODULE_]m4_toupper([$1])[_STATIC], [test "$with_module_$1" = static])
AS_IF([test "$with_module_$1" = static],
	[RUDDER_BUILTIN="${RUDDER_BUILTIN}BUILTIN([$1]) "])
AC_SUBST([RUDDER_BUILTIN])
])
