# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - a world in which etcd is a cluster, and may fail in every way. On
# top of tests/net/lib.sh:
#
#	cluster 3		so many members of etcd, each on a machine of
#				its own: m1, m2, m3
#	hosts 3			so many rudders with short leases: a, b, c
#	traffic a b c		echoes, all the time, between each two of them
#	after "what" FUNCTION	the three checks at the end of a scenario
#
# and for what is done to them: member_kill, member_freeze, member_thaw,
# member_up, cut, heal, host_kill.
#
# The checks: (a) no two hosts ever believed that they owned one subnet at one
# time, from the stamped record of every claim; (b) every host reaches every
# other; (c) no echo between hosts that were to go on was lost, and the
# longest gap between two answers is printed.
#
#	a .1     b .2     c .3     d .4        m1 .251   m2 .252   m3 .253
#	  |        |        |        |            |         |         |
#	--+--------+--------+--------+------------+---------+---------+--- br0

# shellcheck source=tests/net/lib.sh
. "${top_srcdir:-.}/tests/net/lib.sh" || exit 99
need awk

CHAOS=$top_srcdir/tests/chaos
STAMP=$top_builddir/tests/chaos/stamp
TTL=${TTL:-15}			# seconds, of every lease here
MEMBERS=()			# of the cluster: their names
HOSTS=()			# of the rudders that should be there now
declare -A MEMBER=()		# the pid of each that runs
declare -A ADDRESS=() CLOCK=() FLOWS=() LINE=()

# ---- etcd, many times ------------------------------------------------------

# cluster N: N members that answer. A directory of theirs is there as long as
# their data should be.
cluster() {	# N
	local n
	world
	for ((n = 1; n <= $1; n++)); do
		MEMBERS+=("m$n")
		ADDRESS[m$n]=192.168.0.$((250 + n))
		host "m$n" "${ADDRESS[m$n]}"
	done
	ENDPOINTS=$(endpoints "${MEMBERS[@]}")
	members_up "${MEMBERS[@]}"
}

members_up() {	# MEMBER...
	local name
	for name; do
		member_start "$name"
	done
	for name; do
		await member_healthy "$name" || return
	done
	choose_etcd
}

# Elections are quick here, and leases are swept as often as anywhere.
member_start() {	# MEMBER
	local url="http://${ADDRESS[$1]}"
	case $(uname -m) in
	aarch64) export ETCD_UNSUPPORTED_ARCH=arm64 ;;
	esac
	# shellcheck disable=SC2086	# an absent clock is no word
	spawn "$1" ${CLOCK[$1]-} etcd --enable-v2 --name "$1" \
		--data-dir "$DIR/$1.data" \
		--heartbeat-interval 50 --election-timeout 500 \
		--listen-client-urls http://0.0.0.0:2379 \
		--advertise-client-urls "$url:2379" \
		--listen-peer-urls "$url:2380" \
		--initial-advertise-peer-urls "$url:2380" \
		--initial-cluster "$(peer_urls)" >>"$DIR/$1.log" 2>&1
	MEMBER[$1]=$CHILD
}

peer_urls() {
	local name urls=
	for name in "${MEMBERS[@]}"; do
		urls+=",$name=http://${ADDRESS[$name]}:2380"
	done
	echo "${urls#,}"
}

endpoints() {	# MEMBER...
	local name urls=
	for name; do
		urls+=",http://${ADDRESS[$name]}:2379"
	done
	echo "${urls#,}"
}

member_healthy() {	# MEMBER
	at switch curl -sf -m 2 "$(endpoints "$1")/health" |
		grep -q '"health":"true"'
}

# By which the test itself writes, and whom it asks: any that is well.
choose_etcd() {
	local name
	for name in "${MEMBERS[@]}"; do
		[ -n "${MEMBER[$name]-}" ] && member_healthy "$name" &&
			ETCD=$(endpoints "$name") && return
	done
	echo "no member of etcd is well"
	return 1
}

leads() {	# MEMBER
	at switch curl -sf -m 2 "$(endpoints "$1")/v2/stats/self" |
		grep -q '"state":"StateLeader"'
}

find_leader() {	# sets LEADER
	for LEADER in "${MEMBERS[@]}"; do
		[ -n "${MEMBER[$LEADER]-}" ] && leads "$LEADER" && return
	done
	return 1
}

member_kill() {	# MEMBER...
	local name
	for name; do
		kill -KILL "${MEMBER[$name]}"
	done
	for name; do
		wait "${MEMBER[$name]}"
		unset "MEMBER[$name]"
	done 2>/dev/null
	return 0
}

member_stop() {	# MEMBER: in order
	end "${MEMBER[$1]}"
	unset "MEMBER[$1]"
}

member_freeze() {	# MEMBER
	kill -STOP "${MEMBER[$1]}"
}

member_thaw() {	# MEMBER
	kill -CONT "${MEMBER[$1]}"
}

wipe() {	# MEMBER...
	local name
	for name; do
		rm -rf "${DIR:?}/$name.data"
	done
}

# ---- cables ----------------------------------------------------------------

# cut X Y...: nothing gets from X to any Y any more, nor back, and nobody is
# told: each takes the other for a card that nobody has.
cut() {
	local x=$1 y
	shift
	for y; do
		misled "$x" "$y"
		misled "$y" "$x"
	done
}

misled() {	# FROM TO
	ip -n "$WORLD-$1" neigh replace "${ADDRESS[$2]}" dev eth0 \
		lladdr 02:00:5e:00:53:01 nud permanent
}

heal() {	# X Y...
	local x=$1 y
	shift
	for y; do
		ip -n "$WORLD-$x" neigh delete "${ADDRESS[$y]}" dev eth0
		ip -n "$WORLD-$y" neigh delete "${ADDRESS[$x]}" dev eth0
	done
}

# ---- hosts -----------------------------------------------------------------

# hosts N: a, b, c and so on, with leases.
hosts() {
	local names=(a b c d e f) name
	for name in "${names[@]:0:$1}"; do
		machine "$name"
	done
	hosts_up "${names[@]:0:$1}"
}

machine() {	# NAME: without a rudder yet
	local number
	number=$(printf %d "'$1")
	ADDRESS[$1]=192.168.0.$((number - 96))
	host "$1" "${ADDRESS[$1]}"
}

hosts_up() {	# NAME...
	local name
	for name; do
		host_up "$name"
	done
	for name; do
		await test -s "$DIR/$name.env" || return
	done
}

# host_up NAME [FLAG...]: as rudder_up; each line of its log has a stamp, and
# what it knows of itself outlives it, as on a disk. LINE has more flags for
# a host.
host_up() {
	local name=$1
	shift
	rm -f "$DIR/$name.env"
	# shellcheck disable=SC2086	# words
	spawn "$name" ${CLOCK[$name]-} "$top_builddir/rudder" \
		-module-dir="$top_builddir/.libs" \
		-etcd-endpoints="$ENDPOINTS" -etcd-prefix="$PREFIX" \
		-subnet-file="$DIR/$name.env" -state-dir="$DIR/$name.state" \
		-node-id="node-$name" -lease-ttl="$TTL" \
		${LINE[$name]-} "$@" 2> >(exec "$STAMP" >>"$DIR/$name.log")
	PID[$name]=$CHILD
	HOSTS+=("$name")
}

mark() {	# HOST WORD: what the test has to say, in its log
	echo "chaos: $2" | "$STAMP" >>"$DIR/$1.log"
}

no_host() {	# NAME: from HOSTS
	local name kept=()
	for name in "${HOSTS[@]}"; do
		[ "$name" = "$1" ] || kept+=("$name")
	done
	HOSTS=("${kept[@]}")
}

host_down() {	# NAME [SIGNAL]: the exit status is rudder's
	local status
	rudder_down "$@"
	status=$?
	mark "$1" ended
	no_host "$1"
	return $status
}

host_kill() {	# NAME
	host_down "$1" KILL 2>/dev/null
	return 0
}

subnet_of() {	# HOST
	lease_of "$1" RUDDER_SUBNET
}

# remember HOST...: the subnets that they have; keeps_subnet HOST: still so.
declare -A HAD=()
remember() {
	local name
	for name; do
		HAD[$name]=$(subnet_of "$name")
	done
}

keeps_subnet() {	# HOST
	is "$(subnet_of "$1")" "${HAD[$1]}"
}

# ---- traffic ---------------------------------------------------------------

# traffic HOST...: twenty echoes a second from each to each, until flows_end.
traffic() {
	local from to
	rm -f "$DIR"/*.echoes
	for from; do
		for to; do
			[ "$from" != "$to" ] || continue
			flow "$from" "$to"
		done
	done
}

flow() {	# FROM TO
	spawn "$1" ping -n -D -i 0.05 "$(tunnel_of "$2")" \
		>"$DIR/$1-$2.echoes" 2>&1
	FLOWS[$1-$2]=$CHILD
}

flows_end() {
	local flow
	for flow in "${!FLOWS[@]}"; do
		end "${FLOWS[$flow]}" INT
		unset "FLOWS[$flow]"
	done
}

# The numbers of gaps.awk, of all flows.
GAP=0 ECHOES=0 LOST=0
count_gaps() {
	read -r GAP ECHOES LOST < <(awk -f "$CHAOS/gaps.awk" "$DIR"/*.echoes)
}

nothing_lost() {
	echo "$ECHOES echoes came back, $LOST did not"
	[ "$ECHOES" -gt 0 ] && [ "$LOST" -eq 0 ]
}

# ---- the three checks ------------------------------------------------------

host_logs() {
	local name
	for name in "${!ADDRESS[@]}"; do
		[[ $name == m[0-9] ]] || [ ! -e "$DIR/$name.log" ] ||
			echo "$DIR/$name.log"
	done
}

never_two_owners() {
	# shellcheck disable=SC2046	# paths
	awk -f "$CHAOS/claims.awk" $(host_logs)
}

all_meet() {
	local x y
	for x in "${HOSTS[@]}"; do
		for y in "${HOSTS[@]}"; do
			[[ $x < $y ]] || continue
			meets "$x" "$y" || return
		done
	done
}

# scenario NAME FUNCTION HOST...: FUNCTION does it, while echoes go to and fro
# between the HOSTs, which are to go on as if nothing had happened; then the
# checks.
scenario() {
	local name=$1 function=$2 begun=$SECONDS host claims
	shift 2
	remember "$@"
	traffic "$@"
	"$function"
	ok "$name: every host reaches every other" all_meet
	flows_end
	count_gaps
	ok "$name: no echo was lost" nothing_lost
	for host; do
		ok "$name: $host has the subnet that it had" keeps_subnet "$host"
	done
	ok "$name: no subnet had two owners at one time" never_two_owners
	claims=$(never_two_owners | tail -n 1)
	say "figure: $name: longest gap $GAP ms in $ECHOES echoes; $claims; \
took $((SECONDS - begun)) s"
}

# joins HOST: a rudder on a machine that may be new.
joins() {
	[ -e "/run/netns/$WORLD-$1" ] || machine "$1"
	hosts_up "$1"
}

all_leased() {
	local name
	for name in "${HOSTS[@]}"; do
		await lease_is_there "$name" || return
	done
}
