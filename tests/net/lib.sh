# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - a world to test in, and the words to say what came of it.
#
#	world			a switch and a real etcd, in namespaces
#	host a 192.168.0.1	one more machine on that switch
#	at a COMMAND...		runs COMMAND on it
#	rudder_up a [-flag...]	starts a rudder there
#	ok "what" COMMAND...	one test case
#	finish			the plan, and the end
#
# A world touches nothing outside of itself: each device is born in one of
# its namespaces, and its temporary directory holds all else. It goes away
# with the script, however that ends.
#
#	host a           host b                    the switch
#	+---------+      +---------+      +----------------------------+
#	|  eth0 .1|--.   |  eth0 .2|--.   |  br0 192.168.0.254   etcd  |
#	+---------+  |   +---------+  |   +----------------------------+
#	             '----------------'-------------'

set -u
PATH=$PATH:/usr/sbin:/sbin
top_srcdir=$(cd "${top_srcdir:-.}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)

# What the caller's shell knows must not change what a test sees.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
unset NOTIFY_SOCKET JOURNAL_STREAM MAKEFLAGS MFLAGS MAKELEVEL
for name in $(compgen -e | grep -E '^(RUDDERD|FLANNELD|ETCD)_'); do
	unset "$name"
done
unset name

# LeakSanitizer guesses where thread-local storage of a module's libraries
# begins, and with glibc 2.36 it sometimes guesses wrong and dies of it. It can
# do without.
export ASAN_OPTIONS="intercept_tls_get_addr=0:${ASAN_OPTIONS-}"

# A test that hangs is a test that fails: the whole script has an end.
# (--foreground would let its children outlive it.)
if [ -z "${RUDDER_TEST_BOUNDED-}" ]; then
	RUDDER_TEST_BOUNDED=yes exec timeout -k 30 \
		"${RUDDER_TEST_SECONDS:-900}" "$0" "$@"
fi

WORLD=rudder$$			# what the names of our namespaces begin with
DIR=$(mktemp -d "${TMPDIR:-/tmp}/$WORLD.XXXXXX") || exit 99
export RUDDERD_CONTROL_SOCKET=$DIR/rudder.sock
# Of those that are started with no more than they need.
export RUDDERD_STATE_DIR=$DIR/state
PATIENCE=${PATIENCE:-60}	# seconds; a bound, never a pass mark
ETCD=http://192.168.0.254:2379
PREFIX=/coreos.com/network
# shellcheck disable=SC2034	# it is for those who source this
CONFIG='{"Network":"10.1.0.0/16"}'
declare -A PID=()		# of a host's rudder, by host; and of etcd
declare -a RUDDER=("$top_builddir/rudder")	# or something before it
declare -a SPACES=() CHILDREN=()
CASES=0
FAILED=0
FINISHED=

# ---- TAP -------------------------------------------------------------------

skip_all() {
	FINISHED=yes
	echo "1..0 # SKIP $*"
	exit 0
}

# Whatever a command of this test needs; a missing one is a reason, not a bug.
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip_all "needs $tool"
	done
}

say() {
	printf '# %s\n' "$@"
}

# ok NAME COMMAND...: runs COMMAND in this shell; its output is shown when it
# fails.
ok() {
	local name=$1
	shift
	CASES=$((CASES + 1))
	if "$@" >"$DIR/output" 2>&1; then
		echo "ok $CASES - $name"
	else
		echo "not ok $CASES - $name"
		say "failed: $*"
		sed 's/^/#   /' "$DIR/output"
		FAILED=$((FAILED + 1))
	fi
}

skip() {
	CASES=$((CASES + 1))
	echo "ok $CASES - $1 # SKIP $2"
}

is() {	# HAVE WANT
	[ "$1" = "$2" ] || { echo "have: $1"; echo "want: $2"; return 1; }
}

has() {	# FILE PATTERN...: each of them is in a line of the file
	local file=$1 pattern
	shift
	for pattern; do
		grep -q -E -e "$pattern" "$file" && continue
		echo "$file: no line has: $pattern"
		tail -n 20 "$file"
		return 1
	done
}

hasnt() {
	! "$@"
}

# The last case of each test: who still runs ends in order. (Under
# sanitizers, this is where a leak shows.)
finish() {
	local name
	for name in "${!PID[@]}"; do
		[ "$name" != etcd ] || continue
		ok "$name ends with status 0" rudder_down "$name"
	done
	if [ $FAILED -gt 0 ]; then
		show_logs
	fi
	FINISHED=yes
	echo "1..$CASES"
	return 0	# the lines are the answer: TAP counts no case twice
}

show_logs() {
	local log
	for log in "$DIR"/*.log; do
		[ -s "$log" ] || continue
		# etcd talks a lot; it matters when it does not work.
		[ "$log" != "$DIR/etcd.log" ] || ! etcd_healthy || continue
		say "---- the end of $(basename "$log"):"
		tail -n 40 "$log" | sed 's/^/#   /'
	done
}

# ---- waiting ---------------------------------------------------------------

# await COMMAND...: until it succeeds; asks often, so that nothing waits for
# longer than it must.
await() {
	local end=$((SECONDS + PATIENCE))
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS > end)); then
			echo "waited in vain for: $*"
			"$@"	# once more, with its words
			return
		fi
		sleep 0.05
	done
}

# Ends a child of ours; its exit status is the answer.
end() {	# PID [SIGNAL]
	kill -"${2:-TERM}" "$1" 2>/dev/null
	await gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# Not running any more; whether somebody has asked for its status or not.
gone() {	# PID
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	case ${stat##*) } in Z*) return 0 ;; esac
	return 1
}

# ---- the world -------------------------------------------------------------

world() {
	need_world
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	space switch
	ip -n "$WORLD-switch" link add br0 type bridge
	ip -n "$WORLD-switch" address add 192.168.0.254/24 dev br0
	ip -n "$WORLD-switch" link set br0 up
}

need_world() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	[ -c /dev/net/tun ] || skip_all "needs /dev/net/tun"
	need ip ping nsenter etcd curl
	ip netns add "$WORLD-try" 2>/dev/null ||
		skip_all "needs network namespaces"
	ip netns delete "$WORLD-try"
}

space() {	# NAME: a namespace
	ip netns add "$WORLD-$1" && SPACES+=("$WORLD-$1")
	ip -n "$WORLD-$1" link set lo up
}

# host NAME ADDRESS: a machine whose default route leads to the switch.
host() {
	space "$1"
	ip -n "$WORLD-switch" link add "to-$1" type veth \
		peer name eth0 netns "$WORLD-$1"
	ip -n "$WORLD-switch" link set "to-$1" master br0 up
	ip -n "$WORLD-$1" address add "$2/24" dev eth0
	ip -n "$WORLD-$1" link set eth0 up
	ip -n "$WORLD-$1" route add default via 192.168.0.254
}

# container NAME HOST: a namespace behind a bridge docker0 of the host, as
# docker makes them: the host has the first address of its subnet, the
# container the second.
container() {
	local subnet first
	subnet=$(lease_of "$2" RUDDER_SUBNET)
	first=${subnet%/*}
	space "$1"
	at "$2" sysctl -q -w net.ipv4.ip_forward=1
	ip -n "$WORLD-$2" link add docker0 type bridge
	ip -n "$WORLD-$2" address add "$subnet" dev docker0
	ip -n "$WORLD-$2" link set docker0 mtu "$(lease_of "$2" RUDDER_MTU)" up
	ip -n "$WORLD-$2" link add "to-$1" type veth \
		peer name eth0 netns "$WORLD-$1"
	ip -n "$WORLD-$2" link set "to-$1" master docker0 up
	ip -n "$WORLD-$1" address add "${first%.*}.2/${subnet#*/}" dev eth0
	ip -n "$WORLD-$1" link set eth0 mtu "$(lease_of "$2" RUDDER_MTU)" up
	ip -n "$WORLD-$1" route add default via "$first"
}

address_of() {	# CONTAINER
	ip -n "$WORLD-$1" -4 -o address show dev eth0 |
		sed 's|.* inet \([0-9.]*\)/.*|\1|'
}

# at NAME COMMAND...: COMMAND has the network of that host.
at() {
	local name=$1
	shift
	nsenter --net="/run/netns/$WORLD-$name" "$@"
}

listens() {	# HOST PORT
	at "$1" ss -Hltn "sport = :$2" | grep -q LISTEN
}

# spawn NAME COMMAND...: the same, in the background. CHILD is its pid, and
# not that of a shell around it.
spawn() {
	local name=$1
	shift
	nsenter --net="/run/netns/$WORLD-$name" "$@" &
	CHILD=$!
	CHILDREN+=("$CHILD")
}

# Whatever still runs in a namespace of ours is a child of ours.
end_world() {
	local space pid
	if [ -z "$FINISHED" ]; then
		say "cut short after case $CASES"
		sed 's/^/#   /' "$DIR/output" 2>/dev/null
		show_logs
	fi
	for pid in "${CHILDREN[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for space in "${SPACES[@]}"; do
		for pid in $(ip netns pids "$space" 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null
		done
		ip netns delete "$space" 2>/dev/null
	done
	wait
	rm -rf "$DIR"
} 2>/dev/null	# bash tells whom it killed
trap end_world EXIT

# ---- etcd ------------------------------------------------------------------

etcd_up() {
	# etcd 3.4 wants to be told that it is known to be on such a machine.
	case $(uname -m) in
	aarch64) export ETCD_UNSUPPORTED_ARCH=arm64 ;;
	esac
	spawn switch etcd --enable-v2 --name test --data-dir "$DIR/etcd" \
		--listen-client-urls http://0.0.0.0:2379 \
		--advertise-client-urls "$ETCD" \
		--listen-peer-urls http://127.0.0.1:2380 \
		--initial-advertise-peer-urls http://127.0.0.1:2380 \
		--initial-cluster test=http://127.0.0.1:2380 \
		>>"$DIR/etcd.log" 2>&1
	PID[etcd]=$CHILD
	await etcd_healthy
}

etcd_healthy() {
	at switch curl -sf -m 2 "$ETCD/health" | grep -q '"health":"true"'
}

etcd_down() {
	end "${PID[etcd]}"
	unset 'PID[etcd]'
}

# etcd's v2 keys, by curl: get KEY, put KEY VALUE [FORM...], delete KEY.
etcd_get() {
	at switch curl -sS -m 10 "$ETCD/v2/keys$1"
}

etcd_put() {
	local key=$1 value=$2
	shift 2
	at switch curl -sS -f -m 10 -X PUT --data-urlencode "value=$value" \
		"${@/#/-d}" "$ETCD/v2/keys$key" >/dev/null
}

etcd_delete() {
	at switch curl -sS -f -m 10 -X DELETE "$ETCD/v2/keys$1" >/dev/null
}

# The overlay's config, as its administrator writes it.
configure() {	# JSON
	etcd_put "$PREFIX/config" "$1"
}

# key_of HOST: where its lease is.
key_of() {
	local subnet
	subnet=$(lease_of "$1" RUDDER_SUBNET)
	subnet=${subnet/.1\//.0-}
	echo "$PREFIX/subnets/$subnet"
}

lease_is_there() {	# HOST
	etcd_get "$(key_of "$1")" | grep -q PublicIP
}

# ---- rudder ----------------------------------------------------------------

# rudder_up HOST [FLAG...]: starts it and does not wait. Its lease file is
# $DIR/HOST.env, its log $DIR/HOST.log.
rudder_up() {
	local name=$1
	shift
	rm -f "$DIR/$name.env"
	spawn "$name" "${RUDDER[@]}" -module-dir="$top_builddir/.libs" \
		-etcd-endpoint="$ETCD" -etcd-prefix="$PREFIX" \
		-subnet-file="$DIR/$name.env" -state-dir="$DIR/$name.state" \
		-control-socket="$DIR/$name.sock" "$@" >>"$DIR/$name.log" 2>&1
	PID[$name]=$CHILD
}

# rudder_down HOST [SIGNAL]: the exit status is rudder's.
rudder_down() {
	local pid=${PID[$1]}
	unset "PID[$1]"
	end "$pid" "${2:-TERM}"
}

# rudders HOST...: starts one on each, all at once, and waits for their leases.
rudders() {
	local name
	for name; do
		rudder_up "$name"
	done
	for name; do
		await test -s "$DIR/$name.env" || return
	done
}

# lease_of HOST NAME: a value of its lease file.
lease_of() {
	sed -n "s/^$2=//p" "$DIR/$1.env"
}

# The first address of a host's subnet is for its docker0; the network
# address is the tunnel's own. (10.1.5.1/24: 10.1.5.0)
tunnel_of() {
	local subnet
	subnet=$(lease_of "$1" RUDDER_SUBNET)
	subnet=${subnet%/*}
	echo "${subnet%.*}.$((${subnet##*.} - 1))"
}

# pings FROM ADDRESS [FLAG...]: one echo comes back. One try; see await.
pings() {
	local from=$1 address=$2
	shift 2
	at "$from" ping -n -q -c 1 -W 1 "$@" "$address"
}

meets() {	# HOST HOST: each reaches the other
	await pings "$1" "$(tunnel_of "$2")" &&
		await pings "$2" "$(tunnel_of "$1")"
}

# ---- a host of 2014 --------------------------------------------------------

VETERAN=10.1.200.1		# its place; no draw goes beyond the first hundred
VETERAN_SUBNET=10.1.200.0-24

# veteran NAME ADDRESS PEER: a host that runs peer2014 in place of rudder and
# knows one peer. What it received is in $DIR/NAME.out.
veteran() {
	host "$1" "$2"
	spawn "$1" "$top_builddir/tests/net/peer2014" old0 "$3" \
		>"$DIR/$1.out" 2>"$DIR/$1.log"
	await grep -q '^up' "$DIR/$1.out"
	ip -n "$WORLD-$1" address add "$VETERAN/16" dev old0
	ip -n "$WORLD-$1" link set old0 mtu 1472 up
}

# Its lease, as the original writes one.
veteran_leases() {	# ADDRESS
	etcd_put "$PREFIX/subnets/$VETERAN_SUBNET" \
		"{\"PublicIP\":\"$1\"}" ttl=86400
}
