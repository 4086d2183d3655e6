# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# measure.sh - one measurement of one candidate, as lines "METRIC VALUE".
#
#	tcp1 tcp4 bidir		Gbit/s received, one stream, four, both ways
#	retr cpu		of tcp1: segments sent again; CPU seconds of the
#				whole machine per GB
#	udp64 udp1400		1000 datagrams/s received, iperf3 -u -b 0
#	gen64 gen1400		the same between sendmmsg() and recvmmsg()
#	ping p99		ms there and back, average and 99th percentile,
#				one every 2 ms
#
# Everything goes from host a to host b, and ends by itself in bounded time.

PORT=5201

measure() {	# METRIC CANDIDATE
	case $1 in
	tcp1) measure_tcp1 "$2" ;;
	tcp4) measure_tcp4 "$2" ;;
	bidir) measure_bidir "$2" ;;
	udp*) measure_udp "$2" "${1#udp}" ;;
	gen*) measure_gen "$2" "${1#gen}" ;;
	ping) measure_ping "$2" ;;
	esac
}

# ---- iperf3 ----------------------------------------------------------------

# run_iperf CANDIDATE FLAG...: what it said is in $DIR/iperf.json.
run_iperf() {
	local name=$1 server status
	shift
	nsenter --net="/run/netns/$WORLD-$name-b" iperf3 -s -1 -p $PORT \
		-B "${INNER[$name-b]}" >"$DIR/iperf.log" 2>&1 &
	server=$!
	await listens "$name-b" $PORT &&
		at "$name-a" timeout --foreground $((LENGTH + 10)) \
			iperf3 -J -t "$LENGTH" -p $PORT -c "${INNER[$name-b]}" \
			-B "${INNER[$name-a]}" "$@" >"$DIR/iperf.json" \
			2>>"$DIR/iperf.log"
	status=$?
	end "$server"
	return $status
}

# said OBJECT FIELD: of the JSON's objects of that name, the last one's.
said() {
	sed -n "/\"$1\":/,/}/ s/.*\"$2\":[^0-9]*\([0-9.e+]*\).*/\1/p" \
		"$DIR/iperf.json" | tail -n 1
}

calculate() {	# EXPRESSION
	awk "BEGIN { printf \"%.6g\n\", ${1//$'\n'/ } }"
}

measure_tcp1() {
	local before ticks
	before=$(busy_ticks)
	run_iperf "$1" || return
	ticks=$(($(busy_ticks) - before))
	echo "tcp1 $(calculate "$(said sum_received bits_per_second) / 1e9")"
	echo "retr $(said sum_sent retransmits)"
	echo "cpu $(calculate "$ticks / $(getconf CLK_TCK) /
		$(said sum_received bytes) * 1e9")"
}

# What all CPUs together did: user, nice, system, irq, softirq. (The time
# that a hypervisor took away is nobody's work.)
busy_ticks() {
	awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

measure_tcp4() {
	run_iperf "$1" -P 4 || return
	echo "tcp4 $(calculate "$(said sum_received bits_per_second) / 1e9")"
}

measure_bidir() {
	local there back
	run_iperf "$1" --bidir || return
	there=$(said sum_received bits_per_second)
	back=$(said sum_received_bidir_reverse bits_per_second)
	echo "bidir $(calculate "($there + $back) / 1e9")"
}

measure_udp() {	# CANDIDATE SIZE
	run_iperf "$1" -u -b 0 -l "$2" || return
	echo "udp$2 $(calculate \
		"$(said sum_received bits_per_second) / 8e3 / $2")"
}

# ---- blast -----------------------------------------------------------------

measure_gen() {	# CANDIDATE SIZE
	local name=$1 size=$2 to=${INNER[$1-b]} sink
	rm -f "$DIR/sink"
	nsenter --net="/run/netns/$WORLD-$name-b" "$OUT/blast" sink "$to" \
		$PORT "$size" $((LENGTH + 3)) >"$DIR/sink" &
	sink=$!
	await grep -q ready "$DIR/sink" &&
		at "$name-a" "$OUT/blast" send "${INNER[$name-a]}" "$to" \
			$PORT "$size" "$LENGTH"
	wait "$sink" || return	# it ends by itself, whatever came
	echo "gen$size $(sed -n 's/.* \([0-9.]*\) kpps$/\1/p' "$DIR/sink")"
}

# ---- ping ------------------------------------------------------------------

measure_ping() {	# CANDIDATE
	at "$1-a" ping -n -i 0.002 -c $((LENGTH * 500)) -w $((LENGTH + 5)) \
		-I "${INNER[$1-a]}" "${INNER[$1-b]}" >"$DIR/ping" || return
	sed -n 's/.* time=\([0-9.]*\) ms$/\1/p' "$DIR/ping" | sort -n |
		awk '{ sum += $1; ms[NR] = $1 }
		END {
			if (NR == 0)
				exit 1
			printf "ping %.4g\n", sum / NR
			printf "p99 %.4g\n", ms[int((NR * 99 + 99) / 100)]
		}'
}
