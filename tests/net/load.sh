# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# load.sh - two hosts under load, with each of the data path's switches both
# ways. After lib.sh:
#
#	in_variants all FUNCTION	calls FUNCTION NAME for each variant,
#					with a rudder on a and one on b
#	in_variants some FUNCTION	the same for the four that differ most
#	card_like HOST...		their links pass nothing above the MTU
#	splice HOST			a relay in its cable, with faults and
#	relayed [-option=...]		eyes: relay.c
#	stream FROM TO MB BACK		TCP: that many megabytes, and so many
#					back, on one connection
#	datagrams FROM TO COUNT MTU	UDP of all lengths
#
# A variant is a set of flags; which there are, rudder -help tells. While the
# program has none of them, there is one variant: as it comes.

need ethtool ss awk

# shellcheck disable=SC2154	# lib.sh sets it
TOOLS=$top_builddir/tests/net
PORT=7000			# of the next stream or datagrams

# ---- variants --------------------------------------------------------------

help() {
	"$top_builddir/rudder" -module-dir="$top_builddir/.libs" -help 2>&1
}

knows() {	# FLAG
	grep -q -E "^ *-$1( |$)" <<<"$HELP"
}

# One per offload: by what it is called, as -help has no chapters.
switches() {
	sed -n 's/^ *-\([a-z0-9-]*\).*/\1/p' <<<"$HELP" |
		grep -E '(^|-)(vnet|[tu]so[46]?|gso|gro|segment|coalesce)$|^offload-'
}

# variants all|some: lines of flags; the first has none. Where RUDDER_ROUNDS
# is set, as for the builds that are there for other reasons, it is alone.
variants() {
	local flag HELP
	HELP=$(help)
	echo
	[ -z "${RUDDER_ROUNDS-}" ] || return 0
	if knows offloads; then
		echo "-offloads=false"
	fi
	if knows workers; then
		echo "-workers=0"
		[ "$1" = some ] || echo "-workers=1"
		echo "-workers=2"
		[ "$1" = some ] || ! knows offloads ||
			echo "-workers=2 -offloads=false"
	fi
	[ "$1" = all ] || return 0
	for flag in $(switches); do
		echo "-$flag=false"
	done
}

in_variants() {	# all|some FUNCTION
	local line name
	local -a flags lines
	mapfile -t lines < <(variants "$1")
	for line in "${lines[@]}"; do
		read -ra flags <<<"$line"
		name="[${line:-as it comes}]"
		ok "$name two hosts meet" pair_up "${flags[@]}"
		"$2" "$name"
		ok "$name they end with status 0" pair_down
	done
}

pair_up() {	# [FLAG...]
	rudder_up a "$@"
	rudder_up b "$@"
	await test -s "$DIR/a.env" && await test -s "$DIR/b.env" && meets a b
}

pair_down() {
	rudder_down a && rudder_down b
}

# ---- links -----------------------------------------------------------------

# Cut before the wire, as by a card; merged behind it, a little later, as
# frames come in one by one here and not in the bursts that a card has.
card_like() {
	local name
	for name; do
		no_segmentation "$name" eth0
		no_segmentation switch "to-$name"
		at "$name" ethtool -K eth0 gro on
		set_sys "$name" gro_flush_timeout 100000
		set_sys "$name" napi_defer_hard_irqs 1
	done
}

no_segmentation() {	# NAME DEVICE
	at "$1" ethtool -K "$2" tso off gso off tx-udp-segmentation off
}

# Of a namespace's own /sys.
at_sys() {	# NAME FILE
	ip netns exec "$WORLD-$1" cat "/sys/class/net/eth0/$2"
}

# Old kernels do not have them all.
set_sys() {	# NAME FILE VALUE
	ip netns exec "$WORLD-$1" sh -c \
		"! test -e /sys/class/net/eth0/$2 ||
			echo $3 >/sys/class/net/eth0/$2"
}

# relayed [OPTION...]: another relay, where a cable was spliced. Its report is
# in $DIR/relay.out once it ended; RELAY is its pid.
RELAY=
# shellcheck disable=SC2120	# the tests have options for it
relayed() {
	[ -z "$RELAY" ] || end "$RELAY"
	spawn relay "$TOOLS/relay" "$@" left right \
		>"$DIR/relay.out" 2>"$DIR/relay.log"
	RELAY=$CHILD
	await grep -q '^up' "$DIR/relay.out"
}

# splice HOST: cuts its cable, and puts a relay between the ends.
splice() {	# HOST
	local mtu mac
	mtu=$(mtu_of "$1")
	mac=$(at_sys "$1" address)
	space relay
	quiet_space relay
	ip -n "$WORLD-$1" link delete eth0
	ip -n "$WORLD-relay" link add left mtu "$mtu" type veth \
		peer name eth0 mtu "$mtu" address "$mac" netns "$WORLD-$1"
	ip -n "$WORLD-relay" link add right mtu "$mtu" type veth \
		peer name "to-$1" mtu "$mtu" netns "$WORLD-switch"
	ip -n "$WORLD-switch" link set "to-$1" master br0 up
	ip -n "$WORLD-$1" address add "${ADDRESS[$1]}/24" dev eth0
	ip -n "$WORLD-$1" link set eth0 up
	ip -n "$WORLD-$1" route add default via 192.168.0.254
	no_segmentation relay left
	no_segmentation relay right
	ip -n "$WORLD-relay" link set left up
	ip -n "$WORLD-relay" link set right up
	# shellcheck disable=SC2119	# none, to begin with
	relayed
}

mtu_of() {	# HOST
	ip -n "$WORLD-$1" -o link show dev eth0 |
		sed 's/.* mtu \([0-9]*\) .*/\1/'
}

# Says nothing of its own accord.
quiet_space() {	# NAME
	at "$1" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 2>/dev/null
}

relay_ends() {
	end "$RELAY" && RELAY='' && grep -q '^flaws' "$DIR/relay.out"
}

# seen NAME: a number of its report, of both directions.
seen() {
	awk -v name="$1" '$2 == name { sum += $3 } END { print sum + 0 }' \
		"$DIR/relay.out"
}

# two_hosts: a and b, with leases to come.
declare -A ADDRESS=([a]=192.168.0.1 [b]=192.168.0.2)
two_hosts() {
	local name
	world
	etcd_up
	configure "$CONFIG"
	for name in a b; do
		host $name "${ADDRESS[$name]}"
	done
}

# ---- load ------------------------------------------------------------------

# Where a host or a container is in the overlay.
inner_address() {	# NAME
	if [ -e "$DIR/$1.env" ]; then
		tunnel_of "$1"
	else
		address_of "$1"
	fi
}

stream() {	# FROM TO MB BACK
	stream_begin "$@" && stream_ends "$CHILD" "$LISTENER"
}

# The same, in the background: CHILD sends, LISTENER receives.
stream_begin() {	# FROM TO MB BACK
	PORT=$((PORT + 1))
	spawn "$2" "$TOOLS/stream" listen $PORT "$4" "$3"
	LISTENER=$CHILD
	await listens "$2" $PORT || return
	spawn "$1" "$TOOLS/stream" "$(inner_address "$2")" $PORT "$3" "$4"
}

stream_ends() {	# PID...
	local pid status=0
	for pid; do
		wait "$pid" || status=1
	done
	return $status
}

# Two connections, each with data one way and nothing but ACKs the other.
streams_at_once() {	# NAME NAME MB
	local one other
	stream_begin "$1" "$2" "$3" 0 || return
	one="$CHILD $LISTENER"
	stream_begin "$2" "$1" "$3" 0 || return
	other="$CHILD $LISTENER"
	# shellcheck disable=SC2086	# two pids each
	stream_ends $one $other
}

datagrams() {	# FROM TO COUNT MTU [lossy]
	local receiver from=$1 to=$2
	shift 2
	PORT=$((PORT + 1))
	spawn "$to" "$TOOLS/datagrams" receive $PORT "$@"
	receiver=$CHILD
	await listens_udp "$to" $PORT || return
	at "$from" "$TOOLS/datagrams" "$(inner_address "$to")" $PORT "$@"
	wait "$receiver"
}

listens_udp() {	# NAME PORT
	at "$1" ss -Hlun "sport = :$2" | grep -q .
}

# ---- what the kernels think of it ------------------------------------------

# Packets that they threw away for their checksums.
checksum_errors() {	# NAME...
	local name
	for name; do
		# shellcheck disable=SC2016	# it is awk's
		at "$name" awk '
			!($1 in head) { head[$1] = $0; next }
			{
				n = split(head[$1], names)
				for (i = 2; i <= n; i++)
					if (names[i] == "InCsumErrors")
						print $1, $i
			}
		' /proc/net/snmp | sed "s/^/$name /"
	done
}

no_checksum_errors() {	# NAME...
	! checksum_errors "$@" | grep -v ' 0$'
}
