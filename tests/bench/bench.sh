#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh - rudder beside the bare link and the kernel's own tunnel.
#
#	make bench		all of it: about an hour
#	bench.sh report		the table again, from the last run's figures
#
# Each candidate has two hosts of its own on one switch, and all of them are
# up at the same time; whoever is not measured sleeps. Each metric is taken
# from one candidate after the other before the next metric is looked at, and
# all that is repeated for some rounds. So candidates are compared within
# seconds of each other, however the machine drifts over the minutes.
#
# By environment:
#
#	RUDDER_BENCH_ROUNDS	5
#	RUDDER_BENCH_SECONDS	3, of each measurement
#	RUDDER_BENCH_ONLY	a few of the words below; of a row where none
#				is named, all are taken
#		candidates	veth vxlan rudder rudder-off peer
#		links		card whole
#		MTUs		1500 9000
#		metrics		tcp1 tcp4 bidir udp64 udp1400 gen64 gen1400 ping
#	RUDDER_BENCH_PEER	a command: one more candidate; see candidates.sh
#	RUDDER_OFF_FLAGS	what makes rudder into rudder-off
#
# A link that "passes 64 KB whole" is a veth as the kernel makes it. The one
# "like a network card" has the veths' segmentation offloads off, so that
# every packet crosses in the size of the MTU, and GRO on where it arrives.
#
# The figures are of the whole machine: leave it alone meanwhile.

# shellcheck disable=SC2034	# for lib.sh: each step here is bounded
RUDDER_TEST_BOUNDED=never
# shellcheck source=tests/net/lib.sh
. "${top_srcdir:-.}/tests/net/lib.sh"
# shellcheck disable=SC2034	# for lib.sh: there are no cases to count
FINISHED=yes
HERE=$top_srcdir/tests/bench
# shellcheck source=tests/bench/candidates.sh
. "$HERE/candidates.sh"
# shellcheck source=tests/bench/measure.sh
. "$HERE/measure.sh"

ROUNDS=${RUDDER_BENCH_ROUNDS-5}
LENGTH=${RUDDER_BENCH_SECONDS-3}
OUT=$top_builddir/tests/bench
FIGURES=$OUT/bench.tsv

CANDIDATES=(veth vxlan rudder rudder-off peer)
LINKS=(card whole)
MTUS=(1500 9000)
METRICS=(tcp1 tcp4 bidir udp64 udp1400 gen64 gen1400 ping)

note() {
	echo "bench: $*" >&2
}

die() {
	note "$@"
	exit 1
}

skip_all() {	# what makes a test skip: there is nothing to measure with
	note "cannot run here: $*"
	exit 77
}

# ---- what is asked for -----------------------------------------------------

is_one_of() {	# WORD LIST...
	local word=$1 one
	shift
	for one; do
		[ "$one" != "$word" ] || return 0
	done
	return 1
}

# only LIST-NAME: takes from the list what RUDDER_BENCH_ONLY does not name,
# if it names any of it.
only() {
	local -n list=$1
	local word
	local -a asked named=()
	read -ra asked <<<"${RUDDER_BENCH_ONLY-}"
	for word in "${list[@]}"; do
		is_one_of "$word" "${asked[@]}" && named+=("$word")
	done
	if [ ${#named[@]} -gt 0 ]; then
		list=("${named[@]}")
	fi
}

check_asked() {
	local word
	local -a asked
	read -ra asked <<<"${RUDDER_BENCH_ONLY-}"
	for word in "${asked[@]}"; do
		is_one_of "$word" "${CANDIDATES[@]}" "${LINKS[@]}" \
			"${MTUS[@]}" "${METRICS[@]}" ||
			die "RUDDER_BENCH_ONLY: $word: no such word"
	done
	[[ $ROUNDS =~ ^[1-9][0-9]?$ ]] ||
		die "RUDDER_BENCH_ROUNDS: $ROUNDS: not 1 to 99"
	[[ $LENGTH =~ ^[1-9][0-9]?$ ]] ||
		die "RUDDER_BENCH_SECONDS: $LENGTH: not 1 to 99"
}

choose() {
	local list
	check_asked
	for list in CANDIDATES LINKS MTUS METRICS; do
		only "$list"
	done
	drop_the_impossible
}

# ---- the hosts -------------------------------------------------------------

# What the card of a host does not do is done by the host's software, as late
# as it can. GRO is for those who receive: a switch has none.
SEGMENTATION=(tso off gso off tx-udp-segmentation off
	tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off)

like_a_card() {	# HOST
	at "$1" ethtool -K eth0 "${SEGMENTATION[@]}" gro on &&
		at switch ethtool -K "to-$1" "${SEGMENTATION[@]}" gro off
}

# hosts_up CANDIDATE LINK MTU: its hosts NAME-a and NAME-b, at addresses of
# their own. They are new for each link, and so have nothing of the last one.
hosts_up() {
	local side name last=1
	for side in a b; do
		name=$1-$side
		host "$name" "$(underlay_of "$1" $last)"
		ip -n "$WORLD-switch" link set "to-$name" mtu "$3"
		ip -n "$WORLD-$name" link set eth0 mtu "$3"
		last=2
		[ "$2" != card ] || like_a_card "$name" || return
	done
}

underlay_of() {	# CANDIDATE 1|2
	local i
	for i in "${!CANDIDATES[@]}"; do
		[ "${CANDIDATES[i]}" != "$1" ] ||
			echo "192.168.0.$((10 * (i + 1) + $2))"
	done
}

hosts_down() {	# CANDIDATE
	local side pid
	for side in a b; do
		for pid in $(ip netns pids "$WORLD-$1-$side"); do
			end "$pid"
		done
		ip -n "$WORLD-switch" link delete "to-$1-$side"
		ip netns delete "$WORLD-$1-$side"
	done
} 2>/dev/null	# a candidate that did not come up has less of it

# ---- the rounds ------------------------------------------------------------

# bring_up LINK MTU: who of the candidates is up is in UP.
bring_up() {
	local candidate
	UP=()
	for candidate in "${CANDIDATES[@]}"; do
		if hosts_up "$candidate" "$@" >"$DIR/output" 2>&1 &&
			candidate_up "$candidate" >>"$DIR/output" 2>&1; then
			UP+=("$candidate")
		else
			note "$candidate does not come up; without it"
			cat "$DIR/output" >&2
			show_log_of "$candidate"
			hosts_down "$candidate"
		fi
	done
}

show_log_of() {	# CANDIDATE
	tail -q -n 20 "$DIR/$1"-[ab].log >&2
} 2>/dev/null	# not all have one

bring_down() {
	local candidate
	for candidate in "${UP[@]}"; do
		hosts_down "$candidate"
	done
}

# The order turns by one with each round: nobody is always the first.
round() {	# LINK MTU ROUND
	local metric i candidate
	for metric in "${METRICS[@]}"; do
		for i in "${!UP[@]}"; do
			candidate=${UP[(i + $3) % ${#UP[@]}]}
			measure "$metric" "$candidate" >"$DIR/values" ||
				note "$candidate: $metric failed"
			record "$1" "$2" "$candidate" "$3" <"$DIR/values"
		done
	done
}

# record LINK MTU CANDIDATE ROUND: "METRIC VALUE" lines of stdin.
record() {
	local metric value
	while read -r metric value; do
		[ -n "$value" ] || continue
		printf '%s\t' "$@" "$metric"
		echo "$value"
	done >>"$FIGURES"
}

rounds() {	# LINK MTU
	local n began
	bring_up "$@"
	for ((n = 1; n <= ROUNDS && ${#UP[@]}; n++)); do
		began=$SECONDS
		round "$@" "$n"
		note "$1, MTU $2: round $n of $ROUNDS: ${UP[*]}:" \
			"$((SECONDS - began)) s"
	done
	bring_down
}

# ---- what came of it -------------------------------------------------------

fact() {	# NAME VALUE
	printf '#\t%s\t%s\n' "$1" "$2"
}

# What one has to know of a machine to compare its figures.
facts() {
	fact date "$(date -u +%Y-%m-%d)"
	fact kernel "$(uname -r)"
	fact cpus "$(nproc)"
	fact cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	fact congestion "$(at switch sysctl -n net.ipv4.tcp_congestion_control)"
	fact bridge_nf "$(at switch sysctl -n \
		net.bridge.bridge-nf-call-iptables 2>/dev/null || echo 0)"
	fact rounds "$ROUNDS"
	fact seconds "$LENGTH"
	[ -z "${RUDDER_BENCH_PEER-}" ] ||
		fact peer "$(basename "${RUDDER_BENCH_PEER%% *}")"
}

tell() {	# AWK-FILE
	awk -f "$HERE/values.awk" -f "$HERE/$1" "$HERE/figures" "$FIGURES"
}

report() {
	[ -s "$FIGURES" ] || die "no figures in $FIGURES"
	tell table.awk | tee "$OUT/bench.txt"
	tell json.awk >"$OUT/bench.json"
	tell svg.awk >"$OUT/bench.svg"
	tell bars.awk >"$OUT/bench.bars"
	echo "The same as data and as plots: $OUT/bench.json, .svg, .bars"
}

main() {
	local link mtu
	mkdir -p "$OUT"
	if [ "${1-}" = report ]; then
		report
		return
	fi
	need ip ping nsenter etcd curl ss ethtool iperf3 awk timeout
	[ -x "$OUT/blast" ] || die "no $OUT/blast: use make bench"
	need_world
	choose
	world
	etcd_up || die "etcd does not start"
	note "$((${#LINKS[@]} * ${#MTUS[@]} * ROUNDS)) rounds, each of" \
		"${#CANDIDATES[@]} candidates and ${#METRICS[@]} metrics," \
		"$LENGTH s each"
	facts >"$FIGURES"
	for mtu in "${MTUS[@]}"; do
		for link in "${LINKS[@]}"; do
			rounds "$link" "$mtu"
		done
	done
	report
}

main "$@"
