# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# candidates.sh - who takes part, and how each of them is brought up.
#
#	veth		the link between the two hosts, with no tunnel
#	vxlan		the kernel's tunnel over it, MTU as the kernel derives it
#	rudder		the program of this build
#	rudder-off	the same with $RUDDER_OFF_FLAGS: all offloads off
#	peer		$RUDDER_BENCH_PEER: any other program of the family
#
# The peer's command gets four flags, as rudder does: -etcd-endpoint=URL
# -iface=eth0 -etcd-prefix=KEY -subnet-file=PATH. It writes NAME_SUBNET=NET to
# that file, whatever NAME, and runs until SIGTERM.
#
# Where a candidate is up, INNER[NAME-a] and INNER[NAME-b] are addresses whose
# traffic goes through its tunnel.

declare -A INNER=()
OFF_FLAGS=${RUDDER_OFF_FLAGS--offloads=false}

# This build's program with this build's modules.
RUDDER=("$top_builddir/rudder" "-module-dir=$top_builddir/.libs")

# Leaves out of CANDIDATES who is not to be had.
drop_the_impossible() {
	local candidate
	local -a left=()
	for candidate in "${CANDIDATES[@]}"; do
		case $candidate in
		rudder-off) has_off_flags || continue ;;
		peer) [ -n "${RUDDER_BENCH_PEER-}" ] || continue ;;
		esac
		left+=("$candidate")
	done
	CANDIDATES=("${left[@]}")
	[ ${#CANDIDATES[@]} -gt 0 ] || die "no candidate is left"
}

# Is each of the flags one that rudder knows?
has_off_flags() {
	local flag help
	local -a flags
	help=$("${RUDDER[@]}" -help 2>&1)
	read -ra flags <<<"$OFF_FLAGS"
	for flag in "${flags[@]}"; do
		flag=${flag%%=*} flag=${flag#-} flag=${flag#-}
		grep -q -E "^ *-$flag([ =]|$)" <<<"$help" && continue
		note "this rudder has no flag -$flag: without rudder-off"
		return 1
	done
}

candidate_up() {	# CANDIDATE
	local -a flags
	case $1 in
	veth)
		INNER[veth-a]=$(underlay_of veth 1)
		INNER[veth-b]=$(underlay_of veth 2)
		;;
	vxlan)
		vxlan_up a 1 2 && vxlan_up b 2 1
		;;
	rudder)
		family_up "$1" "${RUDDER[@]}"
		;;
	rudder-off)
		read -ra flags <<<"$OFF_FLAGS"
		family_up "$1" "${RUDDER[@]}" "${flags[@]}"
		;;
	peer)
		read -ra flags <<<"$RUDDER_BENCH_PEER"
		family_up "$1" "${flags[@]}"
		;;
	esac && await crosses "$1"
}

crosses() {	# CANDIDATE
	at "$1-a" ping -n -q -c 1 -W 1 -I "${INNER[$1-a]}" "${INNER[$1-b]}" &&
		at "$1-b" ping -n -q -c 1 -W 1 -I "${INNER[$1-b]}" \
			"${INNER[$1-a]}"
}

# ---- vxlan -----------------------------------------------------------------

vxlan_up() {	# SIDE OWN-NUMBER PEER'S
	local space=$WORLD-vxlan-$1
	ip -n "$space" link add vxlan0 type vxlan id 7 dev eth0 dstport 4789 \
		local "$(underlay_of vxlan "$2")" \
		remote "$(underlay_of vxlan "$3")" &&
		ip -n "$space" address add "10.99.0.$2/24" dev vxlan0 &&
		ip -n "$space" link set vxlan0 up &&
		INNER[vxlan-$1]=10.99.0.$2
}

# ---- rudder and its family -------------------------------------------------

# family_up CANDIDATE COMMAND...: on both of its hosts, in an overlay of
# their own.
family_up() {
	local name=$1 prefix=/bench/$1
	shift
	etcd_put "$prefix/config" '{"Network":"10.1.0.0/16"}' &&
		family_start "$name-a" "$prefix" "$@" &&
		family_start "$name-b" "$prefix" "$@" &&
		family_lease "$name-a" &&
		family_lease "$name-b"
}

# A child of ours, ended with its namespace. All hosts here are one machine:
# what makes a rudder one of its own is in the environment, which no other
# program of the family minds.
family_start() {	# HOST PREFIX COMMAND...
	local name=$1 prefix=$2
	shift 2
	rm -f "$DIR/$name.env"
	RUDDERD_STATE_DIR="$DIR/$name.state" RUDDERD_NODE_ID="$name" \
		RUDDERD_CONTROL_SOCKET="$DIR/$name.sock" \
		nsenter --net="/run/netns/$WORLD-$name" "$@" -etcd-endpoint="$ETCD" \
		-iface=eth0 -etcd-prefix="$prefix" \
		-subnet-file="$DIR/$name.env" >>"$DIR/$name.log" 2>&1 &
}

# The first address of the lease, on a bridge as that of containers would be:
# what is sent from it to the other's crosses the overlay.
family_lease() {	# HOST
	local subnet
	await grep -q '_SUBNET=' "$DIR/$1.env" || return
	subnet=$(sed -n 's/^[A-Z]*_SUBNET=//p' "$DIR/$1.env" | head -n 1)
	ip -n "$WORLD-$1" link add docker0 type bridge &&
		ip -n "$WORLD-$1" address add "$subnet" dev docker0 &&
		ip -n "$WORLD-$1" link set docker0 up &&
		INNER[$1]=${subnet%/*}
}
