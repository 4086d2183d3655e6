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

# ---- what the unit forbids -----------------------------------------------------

# pid_status NUMBER NAME: what the kernel says of that process inside.
pid_status() {
	booted sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# All that runs in a container has a filter for system calls; this one has more.
is_confined() {
	local pid two=$((1 << 10 | 1 << 12)) set
	pid=$(booted systemctl show -P MainPID rudder)
	is "$(pid_status "$pid" NoNewPrivs)" 1 || return
	for set in CapBnd CapPrm CapEff; do
		is "$(pid_status "$pid" $set)" "$(printf '%016x' $two)" ||
			return
	done
	is "$(pid_status "$pid" Seccomp)" 2 &&
		[ "$(pid_status "$pid" Seccomp_filters)" -gt \
			"$(pid_status 1 Seccomp_filters)" ]
}

# is_mounted PATH ro|rw: as the program sees it.
is_mounted() {
	local pid
	pid=$(booted systemctl show -P MainPID rudder)
	is "$(booted awk -v path="$1" '
		index(path "/", $5 == "/" ? "/" : $5 "/") == 1 &&
			length($5) >= length(best) { best = $5; how = $6 }
		END { print substr(how, 1, 2) }' "/proc/$pid/mountinfo")" "$2"
}

writes_where_it_may() {
	local path
	for path in /etc /usr /boot /var/log /; do
		is_mounted $path ro || { echo $path; return 1; }
	done
	for path in /run/rudder /run/flannel /var/lib/rudder; do
		is_mounted $path rw || { echo $path; return 1; }
	done
}

# Each line that a program could write which had got into rudder's place.
lays_out_tries() {
	cat >"$BOOT/usr/sbin/tries" <<-'END'
		#!/bin/sh
		touch /etc/tried && echo etc
		cat /root/secret && echo home
		unshare --net true && echo namespace
		chroot / true && echo chroot
		mount -t tmpfs tmpfs /mnt && umount /mnt && echo mount
		hostname "$(hostname)" && echo hostname
		echo end
	END
	chmod +x "$BOOT/usr/sbin/tries"
	touch "$BOOT/root/secret"
}

can_elsewhere() {
	is "$(booted tries 2>/dev/null | tr '\n' ' ')" \
		"etc home namespace chroot mount hostname end "
}

cannot_there() {
	booted sh -c 'mkdir -p /run/systemd/system/rudder.service.d
		printf "%s\n" "[Service]" \
			"ExecStartPre=/bin/sh -c \"tries >/run/rudder/tried\"" \
			>/run/systemd/system/rudder.service.d/tries.conf
		systemctl daemon-reload && systemctl restart rudder' &&
		is "$(booted cat /run/rudder/tried)" end && await reaches_b
}

# ---- managers of networks --------------------------------------------------------

# A network that takes every device gets others, and not ours.
keeps_networkd_away() {
	ip -n "$WORLD-a" link add other0 type veth peer name other1 || return
	ip -n "$WORLD-a" link set other1 up
	booted sh -c 'printf "%s\n" "[Match]" "Name=rudder* other0" \
		"[Network]" "Address=10.99.0.1/24" \
		>/etc/systemd/network/99-all.network'
	booted systemctl start systemd-networkd &&
		await shows other0 10.99.0.1 && hasnt shows rudder0 10.99.0.1 &&
		await networkctl_says rudder0 unmanaged &&
		networkctl_says other0 'config(ured|uring)' && reaches_b
}

networkctl_says() {	# DEVICE STATE
	has <(booted networkctl list --no-legend --no-pager "$1") \
		" $1 .* $2 *\$"
}

shows() {	# DEVICE ADDRESS
	ip -n "$WORLD-a" address show dev "$1" | grep -F "$2"
}

# NetworkManager and its D-Bus come from the mirror, and start when they are
# told to. Other devices than ours are no affair of this test.
lays_out_nm() {
	unshare --mount sh -c "$IN_ROOT" "$BOOT" apt-get -q -y install \
		--no-install-recommends network-manager || return
	systemctl --root="$BOOT" -q disable NetworkManager \
		NetworkManager-wait-online
	printf '%s\n' '[main]' 'no-auto-default=*' \
		'[device-other]' 'match-device=interface-name:eth*;interface-name:other*' \
		'managed=0' >"$BOOT/etc/NetworkManager/conf.d/test.conf"
}

nm_says() {	# STATE: of rudder0
	booted nmcli -t -f DEVICE,STATE device >"$DIR/nmcli" &&
		has "$DIR/nmcli" "^rudder0:$1"
}

# Without the file it would take the device for one of its own, and remember
# that over a restart, though not over a boot.
keeps_nm_away() {
	local conf=/usr/lib/NetworkManager/conf.d/80-rudder.conf
	booted mv $conf /root/conf && booted systemctl start NetworkManager &&
		await nm_says connected || return
	booted systemctl stop NetworkManager
	booted rm -r /run/NetworkManager
	booted mv /root/conf $conf && booted systemctl start NetworkManager &&
		await nm_says unmanaged && shows rudder0 "$(tunnel_of a)" &&
		reaches_b
}

# ---- packages, while it runs -------------------------------------------------------

upgrades() {
	local before after
	before=$(booted systemctl show -P MainPID rudder)
	dpkg_inside && is_state rudder active || return
	after=$(booted systemctl show -P MainPID rudder)
	[ "$before" != "$after" ] && await reaches_b
}

dpkg_inside() {
	booted sh -c 'dpkg -i /debs/rudder_*.deb'
}

goes_out_while_it_runs() {
	local pid
	booted sh -c 'echo RUDDERD_IP_MASQ=true >>/etc/default/rudder
		systemctl restart rudder' || return
	pid=$(booted systemctl show -P MainPID rudder)
	at a nft list table ip rudder-rudder0 &&
		booted env DEBIAN_FRONTEND=noninteractive \
			apt-get -q -y purge rudder || return
	hasnt booted test -e "/proc/$pid" &&
		hasnt booted test -e /run/rudder &&
		hasnt at a nft list table ip rudder-rudder0
}

comes_in_and_waits() {
	dpkg_inside && is_state rudder inactive
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
	lays_out_tries
	WHY_NM=
	lays_out_nm >"$DIR/output" 2>&1 || WHY_NM=$(tail -n 1 "$DIR/output")
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
	ok "it has the capabilities and system calls of the unit" is_confined
	ok "it may write where the unit says" writes_where_it_may
	ok "what a process can do here" can_elsewhere
	ok "it cannot do there" cannot_there
	ok "systemd-networkd leaves the device alone" keeps_networkd_away
	booted systemctl stop systemd-networkd.socket systemd-networkd
	if [ -z "$WHY_NM" ]; then
		ok "NetworkManager leaves the device alone" keeps_nm_away
	else
		skip "NetworkManager leaves the device alone" "$WHY_NM"
	fi
	ok "an upgrade starts it anew" upgrades
	ok "a purge stops it, and its rules go" goes_out_while_it_runs
	ok "installed again it does not start by itself" comes_in_and_waits
	ok "it halts" halts
}
