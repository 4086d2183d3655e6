#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two hosts, a real etcd, an overlay: shown, measured, and taken down again.
#
#	demo.sh			until Ctrl-C
#	demo.sh --once		ends by itself; 0 only if all of it worked
#
# ./bootstrap demo builds the program and runs this.

RUDDER_TEST_BOUNDED=never	# it is the user who ends it
# shellcheck source=tests/net/lib.sh
. "${top_srcdir:-.}/tests/net/lib.sh" || exit 99
PATIENCE=30
SECONDS_EACH=3
ONCE=${1-}
FINISHED=yes			# die() says what there is to say

skip_all() {	# what makes a test skip ends a demo
	die "the demo $*"
}

die() {
	echo
	echo "demo: $*"
	show_logs
	exit 1
}

must() {	# WHAT COMMAND...
	local what=$1
	shift
	"$@" >"$DIR/output" 2>&1 || { cat "$DIR/output"; die "$what"; }
}

title() {
	printf '\n%s\n\n' "$*"
}

row() {
	printf '  %-12s %-24s %s\n' "$@"
}

join_hosts() {
	must "etcd does not start" etcd_up
	must "etcd takes no config" configure "$CONFIG"
	host a 192.168.0.1
	host b 192.168.0.2
	must "a host got no lease" rudders a b
	container x a
	container y b
}

show_leases() {
	title "Two hosts, one etcd at $ETCD, one overlay 10.1.0.0/16"
	row "" "host a" "host b"
	row "address" 192.168.0.1 192.168.0.2
	row "leased" "$(tunnel_of a)/24" "$(tunnel_of b)/24"
	row "MTU" "$(lease_of a RUDDER_MTU)" "$(lease_of b RUDDER_MTU)"
	row "container" "$(address_of x)" "$(address_of y)"
}

show_way() {
	title "How a packet travels from container to container"
	printf '  %-30s        %s\n' \
		"container $(address_of x)" "container $(address_of y)" \
		"    |" "    ^" \
		"docker0   $(lease_of a RUDDER_SUBNET)" \
		"docker0   $(lease_of b RUDDER_SUBNET)" \
		"    |  route 10.1.0.0/16" "    |" \
		"rudder0   a TUN device" "rudder0   a TUN device" \
		"    |" "    |"
	printf '  %-30s        %s\n' \
		"rudder    whose is $(address_of y)?" "rudder    takes it out" \
		"    v     192.168.0.2's" "    |"
	printf '  %-30s------> %s\n' \
		"eth0      192.168.0.1 " "eth0      192.168.0.2"
	printf '\n  on the wire: %s\n' "$(sight)"
}

# One packet of a ping, as it leaves host a.
sight() {
	spawn a tcpdump -i eth0 -n -t -l -c 1 udp and src host 192.168.0.1 \
		>"$DIR/sight" 2>"$DIR/tcpdump.log"
	await grep -q 'listening on' "$DIR/tcpdump.log" &&
		pings x "$(address_of y)" >/dev/null &&
		await test -s "$DIR/sight" && cat "$DIR/sight"
}

show_ping() {
	title "Ping across, container to container"
	must "no answer" await pings x "$(address_of y)"
	must "answers got lost" at x ping -n -c 5 -i 0.2 -W 2 "$(address_of y)"
	sed -n 's/.*transmitted.*/&/p; s/^rtt/round trip/p' "$DIR/output" |
		sed 's/^/  /'
	grep -q ' 0% packet loss' "$DIR/output" || die "answers got lost"
}

# Mbit/s of TCP from one to another.
speed() {	# FROM TO ADDRESS
	local from=$1 to=$2 address=$3
	spawn "$to" iperf3 -s -1 >"$DIR/iperf3.log" 2>&1
	await listens "$to" 5201 &&
		at "$from" iperf3 -c "$address" -t $SECONDS_EACH -f m |
		sed -n 's|.* \([0-9.]*\) Mbits/sec.*receiver.*|\1|p'
}

show_speed() {
	local overlay link
	title "Throughput, $SECONDS_EACH s of TCP each"
	overlay=$(speed x y "$(address_of y)")
	[ -n "$overlay" ] || die "no throughput across the overlay"
	printf '  %8.0f Mbit/s  across the overlay, container to container\n' \
		"$overlay"
	link=$(speed a b 192.168.0.2)
	[ -n "$link" ] || die "no throughput on the link"
	printf '  %8.0f Mbit/s  on the same link without it, eth0 to eth0\n' \
		"$link"
}

show_doors() {
	title "It all runs on. To look around, from another terminal:"
	cat <<-END
	  ip netns exec $WORLD-x ping $(address_of y)
	  ip netns exec $WORLD-a ip route
	  ip netns exec $WORLD-a tcpdump -n -i eth0 udp port 8285
	  ip netns exec $WORLD-switch curl -s $ETCD/v2/keys$PREFIX/subnets
	  cat $DIR/a.env
	END
	title "Ctrl-C ends it and removes every trace."
}

until_ctrl_c() {
	sleep infinity &
	CHILDREN+=($!)
	trap 'title "Removed."; exit 0' INT
	wait $!
}

need ping iperf3 tcpdump ss sysctl
world
join_hosts
show_leases
show_ping
show_way
show_speed
if [ "$ONCE" = --once ]; then
	title "All of it worked."
else
	show_doors
	until_ctrl_c
fi
