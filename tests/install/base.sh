#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
#	base.sh DIR
#
# Makes a small Debian in DIR, of this machine's release and from its mirror,
# with systemd and a compiler, unless it is there. Where that cannot be done
# for want of root, of debootstrap, or of a Debian, DIR is not there.

set -eu
dir=$1
[ "$(id -u)" = 0 ] || exit 0
PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || exit 0
[ ! -e "$dir" ] || exit 0

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")

# apt knows where this machine gets its Debian from.
# shellcheck disable=SC2016	# these are apt's
mirror=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' \
	'Created-By: Packages' |
	awk -v release="$release" \
		'$1 == "Debian" && $2 == release { print $3; exit }')
[ -n "$mirror" ] || exit 0

# It is there when it is whole. What is installed need not survive a crash of
# the machine.
rm -rf "$dir.part"
mkdir -p "$dir.part/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io >"$dir.part/etc/dpkg/dpkg.cfg.d/unsafe-io"
debootstrap --variant=minbase \
	--include=systemd-sysv,gcc,libc6-dev,pkg-config \
	"$release" "$dir.part" "$mirror" >"$dir.log" 2>&1 ||
	{ tail -n 20 "$dir.log" >&2; exit 1; }
rm -rf "$dir.part"/var/cache/apt/archives/*.deb
mv "$dir.part" "$dir"
