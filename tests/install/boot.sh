# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For debian.test: the tree with the packages is booted by systemd, on host a.
#
# Docker is a stand-in there, a few lines that tell with what they were
# called, but its drop-in is the one that the package brings.

# booted COMMAND...: inside, beside its systemd.
booted() {
	nsenter --target "$LEADER" --mount --net --pid --ipc --uts --root \
		--wd env -i PATH=/usr/sbin:/usr/bin "$@"
}

lays_out_boot() {
	local docker=$BOOT/etc/systemd/system/docker.service
	cp -a "$ROOT" "$BOOT" && mkdir -p "$docker.d" || return
	cp "$BOOT/usr/share/doc/rudder/examples/docker.conf" \
		"$docker.d/rudder.conf" || return
	cat >"$docker" <<-'END'
		[Unit]
		Description=stand-in for Docker
		[Service]
		ExecStart=dockerd
		[Install]
		WantedBy=multi-user.target
	END
	cat >"$BOOT/usr/sbin/dockerd" <<-'END'
		#!/bin/sh
		echo "$*" >/run/dockerd.args
		exec sleep infinity
	END
	chmod +x "$BOOT/usr/sbin/dockerd"
	echo "RUDDERD_ETCD_ENDPOINTS=$ETCD" >>"$BOOT/etc/default/rudder"
	systemctl --root="$BOOT" -q enable rudder docker
}

# LEADER is the systemd inside; it is there when it answers.
boot() {
	systemd-nspawn -q --machine="$WORLD" --register=no --keep-unit \
		--directory="$BOOT" --link-journal=no --resolv-conf=off \
		--network-namespace-path="/run/netns/$WORLD-a" \
		--capability=CAP_NET_ADMIN --bind=/dev/net/tun --boot \
		</dev/null >"$DIR/boot.out" 2>&1 &
	NSPAWN=$!
	CHILDREN+=("$NSPAWN")
	LEADER=
	await finds_leader
}

finds_leader() {
	LEADER=$(pgrep -P "$NSPAWN" -x systemd) &&
		booted systemctl show -p Version
}

is_state() {	# UNIT STATE
	is "$(booted systemctl show -P ActiveState "$1")" "$2"
}

# The overlay is not configured yet.
waits() {
	await is_state rudder activating && is_state docker inactive &&
		booted systemctl list-jobs | grep 'docker.*waiting'
}

comes_up() {
	configure "$CONFIG" || return
	await is_state rudder active && await is_state docker active &&
		booted cat /run/rudder/subnet.env
}

since() {	# UNIT PROPERTY: microseconds
	booted systemctl show -P "$2" "$1"
}

is_in_order() {
	local rudder docker
	rudder=$(since rudder ActiveEnterTimestampMonotonic)
	docker=$(since docker ExecMainStartTimestampMonotonic)
	echo "rudder at $rudder, docker at $docker"
	[ "$rudder" -gt 0 ] && [ "$rudder" -le "$docker" ]
}

docker_has_its_part() {	# IPMASQ
	local subnet mtu
	subnet=$(booted sed -n 's/^RUDDER_SUBNET=//p' /run/rudder/subnet.env)
	mtu=$(booted sed -n 's/^RUDDER_MTU=//p' /run/rudder/subnet.env)
	await booted test -s /run/dockerd.args &&
		is "$(booted cat /run/dockerd.args)" "-H fd://\
 --containerd=/run/containerd/containerd.sock --bip=$subnet --ip-masq=$1\
 --mtu=$mtu"
}

reaches_b() {
	await pings a "$(tunnel_of b)"
}

# Docker keeps what it has, and the lease file is there, over a restart.
restarts_under_docker() {
	local before after
	before=$(since docker ExecMainStartTimestampMonotonic)
	booted systemctl restart rudder &&
		booted test -s /run/rudder/subnet.env &&
		is_state rudder active || return
	after=$(since docker ExecMainStartTimestampMonotonic)
	is "$after" "$before" && reaches_b
}

# A network that takes every device gets others, and not ours.
keeps_networkd_away() {
	ip -n "$WORLD-a" link add other0 type veth peer name other1 || return
	ip -n "$WORLD-a" link set other1 up
	booted sh -c 'printf "%s\n" "[Match]" "Name=rudder* other0" \
		"[Network]" "Address=10.99.0.1/24" \
		>/etc/systemd/network/99-all.network'
	booted systemctl start systemd-networkd &&
		await shows other0 10.99.0.1 && hasnt shows rudder0 10.99.0.1 &&
		await is_unmanaged rudder0 && reaches_b
}

is_unmanaged() {	# DEVICE: as networkd has written down
	local index
	index=$(ip -n "$WORLD-a" -o link show dev "$1")
	booted grep ADMIN_STATE=unmanaged \
		"/run/systemd/netif/links/${index%%:*}"
}

shows() {	# DEVICE ADDRESS
	ip -n "$WORLD-a" address show dev "$1" | grep -F "$2"
}

halts() {
	end "$NSPAWN"
	rmdir "/run/systemd/nspawn/propagate/$WORLD" 2>/dev/null
	gone "$NSPAWN"
}

# Where systemd cannot run as the first process of a container, WHY says it.
can_boot() {
	WHY="needs systemd-nspawn and pgrep"
	command -v systemd-nspawn && command -v pgrep || return
	WHY="systemd does not boot here"
	boot
}

boots() {
	ok "a second tree is laid out, with Docker's drop-in" lays_out_boot
	ok "the overlay has no config any more" etcd_delete "$PREFIX/config"
	if ! can_boot >"$DIR/output" 2>&1; then
		skip "it boots" "$WHY"
		tail -n 20 "$DIR/boot.out" "$DIR/output" 2>/dev/null |
			tr -d '\r' | sed 's/^/#   /'
		halts
		return
	fi
	ok "rudder waits for its config, and Docker for rudder" waits
	ok "it becomes active, and the lease file is there" comes_up
	ok "Docker started after it" is_in_order
	ok "with its part of the overlay" docker_has_its_part true
	ok "the host is on the overlay" reaches_b
	ok "a restart changes nothing for Docker" restarts_under_docker
	ok "systemd-networkd leaves the device alone" keeps_networkd_away
	ok "it halts" halts
}
