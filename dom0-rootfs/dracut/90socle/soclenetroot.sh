#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# soclenetroot INTERFACE soclenet:URL/socle/system.squashfs: the boot medium by HTTP.
# What SHA256SUMS names is fetched into memory, where the ISO would be mounted, and
# compared with it; it itself is compared with socle.sums=.  Then the image is started
# as that of an ISO is.  A transfer that breaks goes on where it was.  After ten minutes
# without a byte the machine starts again, and so gets the menu of then; with rd.shell
# it stays for who looks at it.
# shellcheck disable=SC1091 # it is in the initramfs
command -v getarg > /dev/null || . /lib/dracut-lib.sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin

[ -e /dev/root ] && exit 0
base=${2#soclenet:}
base=${base%/socle/system.squashfs}
live=/run/initramfs/live
patience=600

say() {
	read -r consoles < /sys/class/tty/console/active
	for console in $consoles; do
		echo "$*" > "/dev/$console" 2> /dev/null
	done
	info "$*"
}

fail() {
	say "Socle: $*"
	if getargbool 0 rd.shell; then emergency_shell; fi
	say "Socle: no disk was changed; this machine starts again in a minute"
	sleep 60
	reboot -f
	exit 1
}

# Names are resolved by what DHCP has said; nothing else is here to do it.
resolver() {
	sed -n 's/^DNS=//p' /run/systemd/netif/leases/* 2> /dev/null | tr ' ' '\n' |
		sed '/./s/^/nameserver /' > /etc/resolv.conf
}

length() { stat -c %s "$1" 2> /dev/null || echo 0; }

# fetch PATH: from where it stopped, until all is there.
fetch() {
	had=0 since=$(cut -d. -f1 /proc/uptime)
	while :; do
		resolver
		error=$(curl --silent --show-error --fail --globoff --location --continue-at - \
			--connect-timeout 10 --speed-limit 1 --speed-time 15 \
			--output "$live/$1" -- "$base/$1" 2>&1)
		code=$?
		[ "$code" -ne 0 ] || return 0
		now=$(cut -d. -f1 /proc/uptime)
		case $code in
		22) # The server has spoken.  Of a file that is whole it says that no more of it is there.
			case $error in *416*) [ "$(length "$live/$1")" -eq 0 ] || return 0 ;; esac ;;
		23) fail "$base/$1: $error: this machine's memory is too small for a boot over the network" ;;
		33) rm -f "$live/$1" ;;
		esac
		size=$(length "$live/$1")
		[ "$size" -eq "$had" ] || since=$now
		had=$size
		[ $((now - since)) -lt $patience ] || fail "$base/$1: $error"
		say "Socle: $base/$1: $error; trying again"
		sleep 3
	done
}

# get PATH SHA256: fetched, and what it must be.
get() {
	for try in 1 2 3; do
		fetch "$1"
		echo "$2  $live/$1" | sha256sum --check --status && return 0
		say "Socle: $base/$1 is not what it must be (SHA-256), attempt $try of 3"
		rm -f "$live/$1"
		sleep 3
	done
	fail "$base/$1 has another SHA-256 than $3: it is damaged, or of another version"
}

mkdir -p "$live"
mount -t tmpfs -o mode=755,size=90% socle "$live" || fail "no memory for $live"
mkdir "$live/socle"
say "Socle: fetching the system from $base/"
get SHA256SUMS "$(getarg socle.sums=)" "the boot menu says"
while read -r sum name; do
	get "$name" "$sum" "SHA256SUMS says"
done < "$live/SHA256SUMS"
mount -o remount,ro "$live"
exec /sbin/dmsquash-live-root "$live/socle/system.squashfs"
