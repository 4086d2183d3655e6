#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# mk-docker-opts.sh - the lease as options of Docker, in a file for its unit.
# The options and the file are those of flannel's script of that name.

set -u

SUBNET_FILES="/run/rudder/subnet.env /run/flannel/subnet.env"
MTU=
IPMASQ=

usage() {
	cat >&2 <<-END
	usage: mk-docker-opts.sh [-f file] [-d file] [-i] [-c] [-m] [-k name]

	Writes Docker's options for the lease of this machine to a file.

	  -f file  the lease (the first there is of: $SUBNET_FILES)
	  -d file  what is written (/run/docker_opts.env)
	  -i       each option in a variable of its own, as DOCKER_OPT_MTU
	  -c       all of them in one variable; without -i and -c: both ways
	  -m       leave --ip-masq out
	  -k name  the name of that one variable (DOCKER_OPTS)
	END
	exit "$1"
}

die() {
	echo "mk-docker-opts.sh: $*" >&2
	exit 1
}

main() {
	lease_file=
	docker_file=/run/docker_opts.env
	each=
	all=
	masq=yes
	key=DOCKER_OPTS
	while getopts f:d:icmk:h option; do
		case $option in
		f) lease_file=$OPTARG ;;
		d) docker_file=$OPTARG ;;
		i) each=yes ;;
		c) all=yes ;;
		m) masq= ;;
		k) key=$OPTARG ;;
		h) usage 0 ;;
		*) usage 1 ;;
		esac
	done
	shift $((OPTIND - 1))
	[ $# -eq 0 ] || usage 1
	case $key in
	'' | [0-9]* | *[!A-Za-z0-9_]*) die "-k $key: no name of a variable" ;;
	esac
	[ "$each$all" ] || each=yes all=yes

	find_lease
	read_lease
	[ "$masq" ] || IPMASQ=
	check_route
	put
}

find_lease() {
	for file in $SUBNET_FILES; do
		if [ -z "$lease_file" ] && [ -e "$file" ]; then
			lease_file=$file
		fi
	done
	[ "$lease_file" ] || die "no lease: none of $SUBNET_FILES is there" \
		"(does rudder run?)"
	[ -r "$lease_file" ] || die "$lease_file: cannot be read" \
		"(does rudder run?)"
}

value() {	# NAME: of the lease file; the last one counts
	sed -n "s/^FLANNEL_$1=//p" "$lease_file" | tail -n 1
}

# What is written is read by systemd and by shells: a value that could mean
# more to them than itself does not come through.
read_lease() {
	subnet=$(value SUBNET)
	case $subnet in
	*[!0-9./]* | */*/*) bad SUBNET "$subnet" "as 10.1.5.1/24" ;;
	*.*.*.*/*) ;;
	*) bad SUBNET "$subnet" "as 10.1.5.1/24" ;;
	esac
	mtu=$(value MTU)
	case $mtu in
	'') ;;
	*[!0-9]*) bad MTU "$mtu" "a number" ;;
	*) MTU=--mtu=$mtu ;;
	esac
	# Who masquerades is either of the two.
	case $(value IPMASQ) in
	true) IPMASQ=--ip-masq=false ;;
	false) IPMASQ=--ip-masq=true ;;
	'') ;;
	*) bad IPMASQ "$(value IPMASQ)" "true or false" ;;
	esac
}

bad() {	# NAME VALUE WHAT
	die "$lease_file: FLANNEL_$1=\"$2\": must be $3"
}

# Another machine's route to our own subnet would take the containers' packets
# away.
check_route() {
	command -v ip >/dev/null || return 0
	first=${subnet%/*}
	net=${first%.*}.$((${first##*.} & ~1))/${subnet#*/}
	if ip -4 route show exact "$net" 2>/dev/null | grep -q ' via '; then
		die "$net: our own subnet is routed to another machine:" \
			"$(ip -4 route show exact "$net" | head -n 1)"
	fi
}

write_options() {
	if [ "$each" ]; then
		echo "DOCKER_OPT_BIP=\"--bip=$subnet\""
		[ -z "$IPMASQ" ] || echo "DOCKER_OPT_IPMASQ=\"$IPMASQ\""
		[ -z "$MTU" ] || echo "DOCKER_OPT_MTU=\"$MTU\""
	fi
	if [ "$all" ]; then
		echo "$key=\" --bip=$subnet${IPMASQ:+ $IPMASQ}${MTU:+ $MTU}\""
	fi
}

# A unit that starts just now sees the whole file or the old one.
put() {
	if [ -e "$docker_file" ] && [ ! -f "$docker_file" ]; then
		write_options >"$docker_file" || die "$docker_file: not written"
		return
	fi
	temporary=$docker_file.$$
	mkdir -p "$(dirname "$docker_file")" || exit 1
	if ! write_options >"$temporary" ||
		! mv -f "$temporary" "$docker_file"; then
		rm -f "$temporary"
		die "$docker_file: not written"
	fi
}

main "$@"
